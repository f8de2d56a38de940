// What viem 2 reads from a node.
import assert from "node:assert/strict";
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  getAddress,
  http,
  parseAbi,
  webSocket,
  BlockNotFoundError,
  InvalidParamsRpcError,
  MethodNotFoundRpcError,
  MethodNotSupportedRpcError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { check, done, facts, fails, gas, noHash, nobody, pay, price, until, zeroHash } from "./checks.mjs";

const chain = defineChain({
  id: 1337,
  name: "gero dev",
  nativeCurrency: { name: "SERO", symbol: "SERO", decimals: 18 },
  rpcUrls: { default: { http: [facts.http], webSocket: [facts.ws] } },
});
// Without retries an error shows at once. No answer is kept, so that each check asks the node.
const client = createPublicClient({ chain, transport: http(facts.http, { retryCount: 0 }), pollingInterval: 100, cacheTime: 0 });
const request = (method, params) => client.request({ method, params });

// cause returns the error of a class from which another one came.
function cause(e, kind) {
  const found = e.walk?.((x) => x instanceof kind);
  assert.ok(found, `no ${kind.name} in ${e}`);
  return found;
}

await check("finds the chain", async () => {
  assert.equal(await client.getChainId(), chain.id);
});

await check("counts blocks", async () => {
  const first = await client.getBlockNumber();
  assert.ok(first >= BigInt(facts.height));
  await until(async () => (await client.getBlockNumber()) > first);
});

await check("reads blocks by number, hash and tag", async () => {
  const byNumber = await client.getBlock({ blockNumber: BigInt(facts.txHeight) });
  assert.deepEqual(byNumber, await client.getBlock({ blockHash: facts.txBlock }));
  assert.equal(byNumber.hash, facts.txBlock);
  assert.equal(byNumber.number, BigInt(facts.txHeight));
  assert.equal((await client.getBlock({ blockNumber: BigInt(facts.txHeight - 1) })).hash, byNumber.parentHash);
  assert.equal(byNumber.baseFeePerGas, 0n);
  assert.equal(byNumber.difficulty, 16n);
  assert.equal(byNumber.gasLimit, 60_000_000n);
  assert.equal(byNumber.gasUsed, gas);
  assert.ok(byNumber.size > 2000n);
  assert.ok(byNumber.totalDifficulty >= 16n * BigInt(facts.txHeight));
  assert.match(byNumber.nonce, /^0x[0-9a-f]{16}$/);
  assert.match(byNumber.logsBloom, /^0x0{512}$/);
  assert.deepEqual(byNumber.transactions, [facts.tx]);
  assert.deepEqual(byNumber.uncles, []);
  // Every number is one and nothing that viem reads is absent.
  for (const k of ["timestamp", "totalDifficulty", "size", "number", "gasLimit"]) assert.equal(typeof byNumber[k], "bigint", k);
  for (const k of ["mixHash", "stateRoot", "receiptsRoot", "transactionsRoot", "sha3Uncles", "miner", "extraData"]) assert.equal(typeof byNumber[k], "string", k);
  assert.equal((await client.getBlock({ blockTag: "earliest" })).hash, facts.genesis);
  for (const blockTag of ["latest", "pending", "safe", "finalized"]) {
    assert.ok((await client.getBlock({ blockTag })).timestamp > 0n, blockTag);
  }
  assert.equal(await client.getBlockTransactionCount({ blockNumber: BigInt(facts.txHeight) }), 1);
  assert.equal(await client.getBlockTransactionCount({ blockHash: facts.txBlock }), 1);
});

await check("reads a block's whole transactions", async () => {
  const block = await client.getBlock({ blockHash: facts.txBlock, includeTransactions: true });
  assert.equal(block.transactions.length, 1);
  assert.deepEqual(block.transactions[0], await client.getTransaction({ hash: facts.tx }));
});

await check("knows that something does not exist", async () => {
  cause(await fails(client.getBlock({ blockNumber: 1_000_000_000n })), BlockNotFoundError);
  cause(await fails(client.getBlock({ blockHash: noHash })), BlockNotFoundError);
  cause(await fails(client.getTransaction({ hash: noHash })), TransactionNotFoundError);
  cause(await fails(client.getTransactionReceipt({ hash: noHash })), TransactionReceiptNotFoundError);
});

await check("reads a payment", async () => {
  const tx = await client.getTransaction({ hash: facts.tx });
  assert.deepEqual(tx, await client.getTransaction({ blockHash: facts.txBlock, index: 0 }));
  assert.deepEqual(tx, await client.getTransaction({ blockNumber: BigInt(facts.txHeight), index: 0 }));
  assert.equal(tx.hash, facts.tx);
  assert.equal(tx.blockHash, facts.txBlock);
  assert.equal(tx.blockNumber, BigInt(facts.txHeight));
  assert.equal(tx.transactionIndex, 0);
  assert.equal(tx.type, "legacy");
  assert.equal(tx.typeHex, "0x0");
  assert.equal(tx.chainId, 1337);
  assert.equal(getAddress(tx.from), getAddress("0x" + facts.tx.slice(26)));
  assert.equal(tx.nonce, 0);
  assert.equal(tx.to, null);
  assert.equal(tx.value, 0n);
  assert.equal(tx.input, "0x");
  assert.equal(tx.gas, gas);
  assert.equal(tx.gasPrice, price);
  assert.ok((await client.getTransactionConfirmations({ hash: facts.tx })) >= 1n);
});

await check("reads a receipt", async () => {
  const receipt = await client.getTransactionReceipt({ hash: facts.tx });
  assert.equal(receipt.transactionHash, facts.tx);
  assert.equal(receipt.blockHash, facts.txBlock);
  assert.equal(receipt.blockNumber, BigInt(facts.txHeight));
  assert.equal(receipt.transactionIndex, 0);
  assert.equal(receipt.status, "success");
  assert.equal(receipt.type, "legacy");
  assert.equal(receipt.gasUsed, gas);
  assert.equal(receipt.cumulativeGasUsed, gas);
  assert.equal(receipt.effectiveGasPrice, price);
  assert.equal(receipt.contractAddress, null);
  assert.equal(receipt.to, null);
  assert.deepEqual(receipt.logs, []);
  const all = await request("eth_getBlockReceipts", [facts.txBlock]);
  assert.deepEqual(all.map((r) => r.transactionHash), [facts.tx]);
});

await check("waits for a private payment", async () => {
  const hash = await pay(request, "bob", "1500000000000000000");
  let replaced = null;
  const receipt = await client.waitForTransactionReceipt({ hash, confirmations: 2, onReplaced: (r) => (replaced = r) });
  assert.equal(receipt.transactionHash, hash);
  assert.equal(receipt.status, "success");
  assert.equal(replaced, null);
});

await check("reads accounts of an empty state", async () => {
  for (const at of [{ blockTag: "latest" }, { blockTag: "pending" }, { blockNumber: BigInt(facts.txHeight) }]) {
    assert.equal(await client.getBalance({ address: nobody, ...at }), 0n);
    assert.equal(await client.getTransactionCount({ address: nobody, ...at }), 0);
    assert.equal(await client.getCode({ address: nobody, ...at }), undefined);
    assert.equal(await client.getStorageAt({ address: nobody, slot: "0x7", ...at }), zeroHash);
  }
});

await check("reads fees", async () => {
  assert.equal(await client.getGasPrice(), price);
  assert.equal(await client.estimateMaxPriorityFeePerGas(), price);
  assert.deepEqual(await client.estimateFeesPerGas(), { maxFeePerGas: price, maxPriorityFeePerGas: price });
  assert.equal((await client.estimateFeesPerGas({ type: "legacy" })).gasPrice, (price * 12n) / 10n); // viem adds a fifth
  const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75], blockNumber: BigInt(facts.txHeight) });
  assert.equal(history.oldestBlock, BigInt(facts.txHeight - 3));
  assert.deepEqual(history.baseFeePerGas, [0n, 0n, 0n, 0n, 0n]);
  assert.deepEqual(history.reward[3], [price, price]);
  assert.ok(Math.abs(history.gasUsedRatio[3] - Number(gas) / 60e6) < 1e-9);
});

await check("finds no events", async () => {
  assert.deepEqual(await client.getLogs({ fromBlock: 0n, toBlock: "latest" }), []);
  assert.deepEqual(await client.getLogs({ blockHash: facts.txBlock }), []);
  const event = parseAbi(["event Transfer(address indexed from, address indexed to, uint256 value)"])[0];
  assert.deepEqual(await client.getLogs({ address: nobody, event, args: { from: [nobody] }, fromBlock: 1n }), []);
});

await check("asks what the node is", async () => {
  assert.equal(await request("eth_syncing", []), false);
  assert.equal(await request("net_version", []), "1337");
  assert.equal(typeof (await request("net_listening", [])), "boolean");
  assert.match(await request("web3_clientVersion", []), /^gero\/v/);
  assert.deepEqual(await request("eth_accounts", []), []);
});

await check("batches requests", async () => {
  let bodies = 0;
  const onFetchRequest = () => void bodies++;
  const batching = createPublicClient({ chain, transport: http(facts.http, { batch: { batchSize: 100, wait: 20 }, retryCount: 0, onFetchRequest }) });
  const asked = [];
  for (let i = 0; i < 50; i++) asked.push(batching.getBlock({ blockNumber: BigInt(i % facts.height) }));
  const bad = fails(batching.request({ method: "eth_nothing" }));
  const blocks = await Promise.all(asked);
  blocks.forEach((b, i) => assert.equal(b.number, BigInt(i % facts.height)));
  cause(await bad, MethodNotFoundRpcError);
  assert.equal(bodies, 1);
});

await check("understands that a method does not exist", async () => {
  assert.match(cause(await fails(request("eth_nothing", [])), MethodNotFoundRpcError).details, /the method "eth_nothing" does not exist/);
});

await check("says what is wrong with a parameter", async () => {
  const e = cause(await fails(request("eth_getBlockByNumber", ["nonsense", false])), InvalidParamsRpcError);
  assert.match(e.details, /"nonsense" names no block/);
  assert.match(e.cause.data.hint, /\[block, full\?\]/);
});

await check("understands that contracts are not active", async () => {
  const abi = parseAbi(["function f() view returns (uint256)"]);
  for (const ask of [
    () => client.call({ to: nobody, data: "0x12345678" }),
    () => client.estimateGas({ account: nobody, to: nobody, value: 1n }),
    () => client.readContract({ address: nobody, abi, functionName: "f" }),
  ]) {
    const e = await fails(ask());
    assert.match(cause(e, MethodNotFoundRpcError).details, /contracts are not active on dev/);
    assert.match(e.message, /contracts are not active on dev/); // what its user sees
  }
});

await check("is told how to send", async () => {
  const account = privateKeyToAccount("0x" + "01".repeat(32));
  const wallet = createWalletClient({ account, chain, transport: http(facts.http, { retryCount: 0 }) });
  const tx = { to: nobody, value: 1n, gas: 21_000n, gasPrice: price, nonce: 0, type: "legacy" };
  const serializedTransaction = await wallet.signTransaction(tx);
  const e = cause(await fails(client.sendRawTransaction({ serializedTransaction })), MethodNotSupportedRpcError);
  assert.equal(e.code, -32004);
  assert.match(e.cause.data.hint, /zero_send/);
  cause(await fails(wallet.sendTransaction(tx)), MethodNotSupportedRpcError);
  assert.match((await fails(wallet.sendTransaction({ to: nobody, value: 1n }))).message, /contracts are not active/);
});

// watched counts what a client is told of: each block once, in order.
async function watched(from, options) {
  const blocks = [];
  const failed = [];
  const end = from.watchBlocks({ onBlock: (b) => blocks.push(b), onError: (e) => failed.push(e), ...options });
  await until(() => failed.length || blocks.length >= 4);
  end();
  assert.deepEqual(failed, []);
  for (const [i, b] of blocks.entries()) {
    assert.equal(b.number, blocks[0].number + BigInt(i));
    if (i > 0) assert.equal(b.parentHash, blocks[i - 1].hash);
  }
}

await check("watches blocks by polling", () => watched(client, { emitMissed: true, poll: true }));

await check("watches blocks over WebSocket", async () => {
  const socket = createPublicClient({ chain, transport: webSocket(facts.ws), cacheTime: 0 });
  const numbers = [];
  const end = socket.watchBlockNumber({ onBlockNumber: (n) => numbers.push(n) });
  await watched(socket, {});
  await until(() => numbers.length >= 3);
  end();
  numbers.forEach((n, i) => assert.equal(n, numbers[0] + BigInt(i)));
  (await socket.transport.getRpcClient()).close();
});

await check("hears of payments by filters and over WebSocket", async () => {
  const socket = createPublicClient({ chain, transport: webSocket(facts.ws), cacheTime: 0 });
  const seen = [];
  const failed = [];
  const onError = (e) => failed.push(e);
  const end = socket.watchPendingTransactions({ onTransactions: (hashes) => seen.push(...hashes), onError, batch: false });
  const endEvents = socket.watchEvent({ address: nobody, onLogs: () => failed.push("an event without contracts"), onError });
  const blocks = await client.createBlockFilter();
  const pending = await client.createPendingTransactionFilter();
  const events = await client.createEventFilter({ address: nobody });

  const hash = await pay((method, params) => socket.request({ method, params }), "bob", "1");
  const polled = [];
  await until(async () => (polled.push(...(await client.getFilterChanges({ filter: pending }))), polled.includes(hash)));
  await until(() => failed.length || seen.includes(hash));
  assert.deepEqual(failed, []);
  const receipt = await socket.waitForTransactionReceipt({ hash });
  assert.ok((await client.getFilterChanges({ filter: blocks })).includes(receipt.blockHash));
  assert.deepEqual(await client.getFilterChanges({ filter: events }), []);
  assert.deepEqual(await client.getFilterLogs({ filter: events }), []);

  for (const filter of [blocks, pending, events]) assert.equal(await client.uninstallFilter({ filter }), true);
  assert.match((await fails(client.getFilterChanges({ filter: blocks }))).details, /filter is unknown/);
  end();
  endEvents();
  (await socket.transport.getRpcClient()).close();
});

await check("shows the cookie", async () => {
  const stranger = createPublicClient({ transport: http(facts.guarded, { retryCount: 0 }) });
  assert.equal(await stranger.getChainId(), 2019);
  assert.match((await fails(stranger.request({ method: "zero_listAccounts", params: [] }))).details, /needs the cookie/);
  const headers = { Authorization: "Bearer " + facts.cookie };
  for (const transport of [http(facts.guarded, { fetchOptions: { headers } }), http(`${facts.guarded}/k/${facts.cookie}`)]) {
    const owner = createPublicClient({ transport });
    assert.deepEqual(await owner.request({ method: "zero_listAccounts", params: [] }), []);
  }
});

done();
