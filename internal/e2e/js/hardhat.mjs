// What Hardhat 2 reads from a node through the chain of providers that its tasks and plug-ins use. Nothing is compiled.
import assert from "node:assert/strict";
import hre from "hardhat";
import { check, done, facts, fails, gas, nobody, until } from "./checks.mjs";

const provider = hre.network.provider;
const request = (method, params) => provider.send(method, params);

await check("accepts the chain id of its configuration", async () => {
  assert.equal(hre.network.name, "gero");
  assert.equal(await request("eth_chainId", []), "0x539");
});

await check("counts blocks", async () => {
  const first = Number(await request("eth_blockNumber", []));
  assert.ok(first >= facts.height);
  await until(async () => Number(await request("eth_blockNumber", [])) > first);
});

await check("reads a payment, its block and its receipt", async () => {
  const tx = await request("eth_getTransactionByHash", [facts.tx]);
  assert.equal(tx.blockHash, facts.txBlock);
  const block = await request("eth_getBlockByHash", [facts.txBlock, true]);
  assert.deepEqual(block.transactions, [tx]);
  const receipt = await request("eth_getTransactionReceipt", [facts.tx]);
  assert.equal(BigInt(receipt.gasUsed), gas);
});

await check("has no accounts to sign with", async () => {
  assert.deepEqual(await request("eth_accounts", []), []);
});

await check("says that contracts are not active", async () => {
  const e = await fails(request("eth_call", [{ to: nobody, data: "0x12345678" }, "latest"]));
  assert.equal(e.code, -32601);
  assert.match(e.message, /contracts are not active on dev/);
});

await check("is told how to send", async () => {
  const e = await fails(request("eth_sendRawTransaction", ["0x00"]));
  assert.equal(e.code, -32004);
  assert.match(e.message, /transactions do not exist on this network/);
  assert.match(e.data.hint, /zero_send/);
});

done();
