// What ethers 6 reads from a node.
import assert from "node:assert/strict";
import { ethers } from "ethers";
import { check, done, facts, fails, gas, noHash, nobody, pay, price, until, zeroHash } from "./checks.mjs";

const provider = new ethers.JsonRpcProvider(facts.http, undefined, { pollingInterval: 100 });
const request = (method, params) => provider.send(method, params);

await check("detects the network", async () => {
  const network = await provider.getNetwork();
  assert.equal(network.chainId, 1337n);
  assert.equal((await provider._detectNetwork()).chainId, 1337n);
});

await check("counts blocks", async () => {
  const first = await provider.getBlockNumber();
  assert.ok(first >= facts.height);
  await until(async () => (await provider.getBlockNumber()) > first);
});

await check("reads blocks by number, hash and tag", async () => {
  const byNumber = await provider.getBlock(facts.txHeight);
  const byHash = await provider.getBlock(facts.txBlock);
  assert.deepEqual(byNumber.toJSON(), byHash.toJSON());
  assert.equal(byNumber.hash, facts.txBlock);
  assert.equal(byNumber.number, facts.txHeight);
  assert.equal((await provider.getBlock(facts.txHeight - 1)).hash, byNumber.parentHash);
  assert.equal(byNumber.baseFeePerGas, 0n);
  assert.equal(byNumber.difficulty, 16n);
  assert.equal(byNumber.gasLimit, 60_000_000n);
  assert.equal(byNumber.gasUsed, gas);
  assert.match(byNumber.nonce, /^0x[0-9a-f]{16}$/);
  assert.equal(byNumber.extraData, "0x");
  assert.deepEqual(byNumber.transactions, [facts.tx]);
  assert.equal((await provider.getBlock("earliest")).number, 0);
  assert.equal((await provider.getBlock(0)).hash, facts.genesis);
  for (const tag of ["latest", "pending", "safe", "finalized"]) {
    const b = await provider.getBlock(tag);
    assert.ok(b.number >= 0 && b.timestamp > 0, tag);
  }
  assert.ok((await provider.getBlock(-3)).number > 0);
});

await check("reads a block's whole transactions", async () => {
  const block = await provider.getBlock(facts.txHeight, true);
  assert.equal(block.prefetchedTransactions.length, 1);
  assert.equal(block.prefetchedTransactions[0].hash, facts.tx);
  assert.equal(block.getPrefetchedTransaction(facts.tx).index, 0);
  assert.equal((await block.getTransaction(0)).hash, facts.tx);
});

await check("knows that something does not exist", async () => {
  assert.equal(await provider.getBlock(1_000_000_000), null);
  assert.equal(await provider.getBlock(noHash), null);
  assert.equal(await provider.getTransaction(noHash), null);
  assert.equal(await provider.getTransactionReceipt(noHash), null);
});

await check("reads a payment", async () => {
  const tx = await provider.getTransaction(facts.tx);
  assert.equal(tx.hash, facts.tx);
  assert.equal(tx.blockHash, facts.txBlock);
  assert.equal(tx.blockNumber, facts.txHeight);
  assert.equal(tx.index, 0);
  assert.equal(tx.type, 0);
  assert.equal(tx.chainId, 1337n);
  assert.equal(tx.from, ethers.getAddress("0x" + facts.tx.slice(26)));
  assert.equal(tx.nonce, 0);
  assert.equal(tx.to, null);
  assert.equal(tx.value, 0n);
  assert.equal(tx.data, "0x");
  assert.equal(tx.gasLimit, gas);
  assert.equal(tx.gasPrice, price);
  assert.ok((await tx.confirmations()) >= 1);
  assert.equal((await tx.wait()).status, 1);
});

await check("reads a receipt", async () => {
  const receipt = await provider.getTransactionReceipt(facts.tx);
  assert.equal(receipt.hash, facts.tx);
  assert.equal(receipt.blockHash, facts.txBlock);
  assert.equal(receipt.status, 1);
  assert.equal(receipt.type, 0);
  assert.equal(receipt.gasUsed, gas);
  assert.equal(receipt.cumulativeGasUsed, gas);
  assert.equal(receipt.gasPrice, price);
  assert.equal(receipt.fee, gas * price);
  assert.equal(receipt.contractAddress, null);
  assert.deepEqual(receipt.logs, []);
  assert.equal((await receipt.getTransaction()).hash, facts.tx);
});

await check("waits for a private payment that it saw before its block", async () => {
  const hash = await pay(request, "alice", "1500000000000000000");
  const tx = await until(() => provider.getTransaction(hash), 5);
  // Ethers throws TRANSACTION_REPLACED here where a sender repeats a nonce.
  const [receipt, again] = await Promise.all([tx.wait(1), provider.waitForTransaction(hash, 2)]);
  assert.equal(receipt.hash, hash);
  assert.equal(receipt.status, 1);
  assert.equal(again.blockHash, receipt.blockHash);
  assert.ok((await receipt.confirmations()) >= 2);
  assert.equal((await (await provider.getTransaction(hash)).wait(1)).hash, hash);
});

await check("reads accounts of an empty state", async () => {
  for (const at of ["latest", "pending", "earliest", facts.txHeight]) {
    assert.equal(await provider.getBalance(nobody, at), 0n);
    assert.equal(await provider.getTransactionCount(nobody, at), 0);
    assert.equal(await provider.getCode(nobody, at), "0x");
    assert.equal(await provider.getStorage(nobody, 7, at), zeroHash);
  }
  assert.deepEqual(await provider.listAccounts(), []);
});

await check("reads fees", async () => {
  const fees = await provider.getFeeData();
  assert.equal(fees.gasPrice, price);
  // A base fee of 0 counts as none for ethers, so that it pays by gas price.
  assert.equal(fees.maxFeePerGas, null);
  assert.equal(await request("eth_maxPriorityFeePerGas", []), "0x3b9aca00");
  const history = await request("eth_feeHistory", ["0x4", "latest", [25, 75]]);
  assert.deepEqual([history.baseFeePerGas.length, history.gasUsedRatio.length, history.reward.length], [5, 4, 4]);
});

await check("finds no events", async () => {
  assert.deepEqual(await provider.getLogs({ fromBlock: 0, toBlock: "latest" }), []);
  assert.deepEqual(await provider.getLogs({ blockHash: facts.txBlock }), []);
  assert.deepEqual(await provider.getLogs({ address: [nobody], topics: [null, [noHash, zeroHash]], fromBlock: 1, toBlock: facts.txHeight }), []);
});

await check("asks what the node is", async () => {
  assert.equal(await request("eth_syncing", []), false);
  assert.equal(await request("net_version", []), "1337");
  assert.equal(typeof (await request("net_listening", [])), "boolean");
  assert.match(await request("web3_clientVersion", []), /^gero\/v/);
  assert.equal(await request("web3_sha3", ["0x"]), ethers.keccak256("0x"));
});

await check("batches requests", async () => {
  let bodies = 0;
  const counting = new ethers.FetchRequest(facts.http);
  counting.processFunc = async (_, response) => (bodies++, response);
  const batching = new ethers.JsonRpcProvider(counting, 1337, { staticNetwork: true, cacheTimeout: -1 });
  const asked = [];
  for (let i = 0; i < 50; i++) asked.push(batching.getBlock(i % facts.height));
  const bad = fails(batching.send("eth_nothing", []));
  const blocks = await Promise.all(asked);
  blocks.forEach((b, i) => assert.equal(b.number, i % facts.height));
  assert.equal((await bad).code, "UNSUPPORTED_OPERATION");
  assert.equal(bodies, 1);
  batching.destroy();
});

await check("understands that a method does not exist", async () => {
  const e = await fails(request("eth_nothing", []));
  assert.equal(e.code, "UNSUPPORTED_OPERATION");
  assert.equal(e.operation, "eth_nothing");
  assert.equal(e.info.error.code, -32601);
});

await check("says what is wrong with a parameter", async () => {
  const e = await fails(request("eth_getBlockByNumber", ["nonsense", false]));
  assert.equal(e.error.code, -32602);
  assert.match(e.error.message, /"nonsense" names no block/);
  assert.ok(e.error.data.hint);
});

await check("understands that contracts are not active", async () => {
  const tx = { to: nobody, data: "0x12345678" };
  const contract = new ethers.Contract(nobody, ["function f() view returns (uint256)"], provider);
  for (const ask of [() => provider.call(tx), () => provider.estimateGas(tx), () => contract.f()]) {
    const e = await fails(ask());
    assert.equal(e.code, "CALL_EXCEPTION"); // as for every error that these two methods end with
    assert.match(e.info.error.message, /contracts are not active on dev/);
    assert.match(e.info.error.data.hint, /zero_send/);
  }
});

await check("understands that accounts sign nothing", async () => {
  const e = await fails(request("eth_sendTransaction", [{ from: nobody, to: nobody }]));
  assert.equal(e.code, "UNSUPPORTED_OPERATION");
  assert.match(e.info.error.message, /contracts are not active on dev/);
});

await check("is told how to send", async () => {
  const wallet = new ethers.Wallet("0x" + "01".repeat(32), provider);
  const raw = await wallet.signTransaction({ to: nobody, value: 1n, gasLimit: 21_000n, gasPrice: price, nonce: 0, chainId: 1337n });
  const e = await fails(provider.broadcastTransaction(raw));
  assert.equal(e.error.code, -32004);
  assert.match(e.error.data.hint, /zero_send/);
  // Without a gas limit the wallet asks for an estimate first.
  assert.match((await fails(wallet.sendTransaction({ to: nobody, value: 1n }))).info.error.message, /contracts are not active/);
});

// follows watches blocks and one payment, which others may surround with payments of theirs.
async function follows(from, payment) {
  const blocks = [];
  const pending = [];
  await from.on("block", (n) => blocks.push(n));
  await from.on("pending", (hash) => pending.push(hash));
  await from.on({ address: nobody }, () => assert.fail("an event without contracts"));
  await until(() => blocks.length >= 1);
  const hash = await payment();
  await until(() => pending.includes(hash));
  assert.equal((await from.waitForTransaction(hash, 1)).hash, hash);
  await until(() => blocks.length >= 3);
  blocks.forEach((n, i) => assert.equal(n, blocks[0] + i));
  assert.equal((await from.getBlock(blocks[0])).number, blocks[0]);
  await from.removeAllListeners();
}

await check("is told of blocks and payments by polling and over WebSocket", async () => {
  const socket = new ethers.WebSocketProvider(facts.ws);
  assert.equal((await socket.getNetwork()).chainId, 1337n);
  let hash = null;
  await Promise.all([
    follows(provider, () => until(() => hash)),
    follows(socket, async () => (hash = await pay((m, p) => socket.send(m, p), "alice", "2"))),
  ]);
  // The socket stays open until the program ends: ethers does not wait for its own unsubscribing, and complains if it is cut short.
});

await check("keeps a filter of events", async () => {
  const filter = await request("eth_newFilter", [{ address: nobody, topics: [] }]);
  assert.deepEqual(await request("eth_getFilterChanges", [filter]), []);
  assert.deepEqual(await request("eth_getFilterLogs", [filter]), []);
  assert.equal(await request("eth_uninstallFilter", [filter]), true);
});

await check("shows the cookie", async () => {
  const stranger = new ethers.JsonRpcProvider(facts.guarded, 2019, { staticNetwork: true });
  assert.equal(await stranger.send("eth_chainId", []), "0x7e3");
  const e = await fails(stranger.send("zero_listAccounts", []));
  assert.equal(e.error.code, -32001);
  assert.match(e.error.data.hint, /Authorization: Bearer/);
  const owner = new ethers.FetchRequest(facts.guarded);
  owner.setHeader("Authorization", "Bearer " + facts.cookie);
  for (const known of [owner, `${facts.guarded}/k/${facts.cookie}`]) {
    const mine = new ethers.JsonRpcProvider(known);
    assert.deepEqual(await mine.send("zero_listAccounts", []), []);
    assert.equal((await mine.getNetwork()).chainId, 2019n);
    mine.destroy();
  }
  stranger.destroy();
});

provider.destroy();
done();
