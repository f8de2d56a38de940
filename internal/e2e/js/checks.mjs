// The frame of the client programs: each check is a claim about a client at a node, and prints one line of JSON for the Go test that
// started the program.
import assert from "node:assert/strict";

// facts are what the Go test knows about the node without any of the clients: see the struct of that name in node_test.go.
export const facts = JSON.parse(process.env.GERO_E2E_FACTS ?? "null");
if (facts === null) {
  console.error("this program is started by `go test ./internal/e2e`, which tells it where the node is");
  process.exit(2);
}

const limitMs = 60_000;
let count = 0;

// check runs one check and reports it. A failed one does not end the program.
export async function check(name, f) {
  count++;
  const began = Date.now();
  let error = null;
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end after ${limitMs} ms`)), limitMs);
    });
    await Promise.race([f(), late]);
  } catch (e) {
    error = e?.stack ?? String(e);
  } finally {
    clearTimeout(timer);
  }
  print({ check: name, error, ms: Date.now() - began });
}

// done says that no check was lost, and ends the program whatever a client left running.
export function done() {
  print({ done: count });
  process.stdout.write("", () => process.exit(0));
}

function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

// fails returns the error that something ends with.
export async function fails(promise) {
  let value;
  try {
    value = await promise;
  } catch (e) {
    return e;
  }
  assert.fail(`no error, but ${String(value)}`);
}

// until asks again and again until the answer is something.
export async function until(ask, everyMs = 50) {
  for (;;) {
    const got = await ask();
    if (got) return got;
    await new Promise((r) => setTimeout(r, everyMs));
  }
}

// pay makes a private payment with a client's own way to send a request, and returns its id as soon as there is one.
export async function pay(request, account, value) {
  const op = await request("zero_send", [account, [{ to: facts.payee, value }]]);
  return until(async () => {
    const now = await request("zero_getOperation", [op]);
    assert.notEqual(now.state, "failed", JSON.stringify(now.error));
    return now.txHash;
  });
}

// Somebody else's address, in a state without accounts, and transactions and blocks that do not exist.
export const nobody = "0x00000000000000000000000000000000DeaDBeef";
export const noHash = "0x" + "ab".repeat(32);
export const zeroHash = "0x" + "00".repeat(32);
// The fee of a payment of one bundle at the least price: gas and price per gas, in Ta.
export const gas = 421_000n;
export const price = 1_000_000_000n;
