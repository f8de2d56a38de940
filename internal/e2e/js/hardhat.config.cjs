// Hardhat finds its project by this file. Where the node is comes from the Go test.
module.exports = {
  networks: { gero: { url: JSON.parse(process.env.GERO_E2E_FACTS).http, chainId: 1337 } },
  defaultNetwork: "gero",
};
