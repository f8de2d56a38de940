#!/usr/bin/env python3
"""A second, slow implementation of docs/protocol/notes.md and of what it needs of primitives.md, with nothing but the standard library.

It was written from the documents, not from the Go code, and makes the vectors that the Go code is tested against:

    python3 zk/note/testdata/reference.py > zk/note/testdata/vectors.json

Numbers such as N4 and P10 name rules of those documents.
"""
import hashlib
import json

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
L = 0x0E7DB4EA6533AFA906673B0101343B00A6682093CCC81082D0970E5ED6F72CB7
D = 0x2A9318E74BFA2B48F5FD9207E6BD7FD4292D7F6D37579D2601065FD6D6343EB1
P25519 = 2**255 - 19


def u(bits, x):
    return x.to_bytes(bits // 8, "big")


# Hashes ------------------------------------------------------------------------------------------------------------------------


def blake(label, data, size=32):
    return hashlib.blake2b(data, key=label.encode().ljust(32, b"\0"), digest_size=size).digest()


def wide(label, data, modulus=R):
    return int.from_bytes(blake(label, data, 64), "big") % modulus


def keccak256(data):
    mask = 2**64 - 1
    rot = lambda x, n: ((x << n) | (x >> (64 - n))) & mask if n else x
    pad = 136 - len(data) % 136
    data += b"\x81" if pad == 1 else b"\x01" + bytes(pad - 2) + b"\x80"
    lanes = [[0] * 5 for _ in range(5)]
    for block in range(0, len(data), 136):
        for i in range(17):
            lanes[i % 5][i // 5] ^= int.from_bytes(data[block + 8 * i : block + 8 * i + 8], "little")
        lfsr = 1
        for _ in range(24):
            c = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
            d = [c[(x - 1) % 5] ^ rot(c[(x + 1) % 5], 1) for x in range(5)]
            lanes = [[lanes[x][y] ^ d[x] for y in range(5)] for x in range(5)]
            x, y, cur = 1, 0, lanes[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                cur, lanes[x][y] = lanes[x][y], rot(cur, (t + 1) * (t + 2) // 2 % 64)
            for y in range(5):
                row = [lanes[x][y] for x in range(5)]
                for x in range(5):
                    lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & mask & row[(x + 2) % 5])
            for j in range(7):
                if lfsr & 1:
                    lanes[0][0] ^= 1 << ((1 << j) - 1)
                lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
    return b"".join(lanes[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def trunc31(b):
    return int.from_bytes(b[:31], "big")


# Poseidon2: P8 to P10 ----------------------------------------------------------------------------------------------------------

FULL = set(range(0, 4)) | set(range(60, 64))


def constants():
    h = keccak256(b"Poseidon2-BLS12_381[t=3,rF=8,rP=56,d=5]")
    for rnd in range(64):
        row = [0, 0, 0]
        for lane in range(3 if rnd in FULL else 1):
            h = keccak256(h)
            row[lane] = int.from_bytes(h, "big") % R
        yield row


CONSTANTS = list(constants())


def permute(s):
    external = lambda v: [(sum(v) + x) % R for x in v]
    s = external(s)
    for rnd, row in enumerate(CONSTANTS):
        s = [(x + c) % R for x, c in zip(s, row)]
        if rnd in FULL:
            s = external([pow(x, 5, R) for x in s])
        else:
            s[0] = pow(s[0], 5, R)
            t = sum(s)
            s = [(t + s[0]) % R, (t + s[1]) % R, (t + 2 * s[2]) % R]
    return s


def H(tag, *xs):
    s = [256 * tag + len(xs), 0, 0]
    xs = list(xs) + [0] * (len(xs) % 2)
    for a, b in zip(xs[::2], xs[1::2]):
        s = permute([s[0], (s[1] + a) % R, (s[2] + b) % R])
    return s[1]


# Jubjub: P2, P3, P7 ------------------------------------------------------------------------------------------------------------


def sqrt_mod(n, p):
    """Tonelli and Shanks."""
    if n % p == 0:
        return 0
    if pow(n, (p - 1) // 2, p) != 1:
        return None
    q, s = p - 1, 0
    while q % 2 == 0:
        q, s = q // 2, s + 1
    z = next(z for z in range(2, 100) if pow(z, (p - 1) // 2, p) == p - 1)
    m, c, t, r = s, pow(z, q, p), pow(n, q, p), pow(n, (q + 1) // 2, p)
    while t != 1:
        i, w = 0, t
        while w != 1:
            w, i = w * w % p, i + 1
        b = pow(c, 1 << (m - i - 1), p)
        m, c, t, r = i, b * b % p, t * b * b % p, r * b % p
    return r


def jub_add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % R
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, R) % R, (y1 * y2 + x1 * x2) * pow(1 - k, -1, R) % R


def jub_mul(n, p):
    acc = (0, 1)
    for bit in bin(n)[2:]:
        acc = jub_add(acc, acc)
        if bit == "1":
            acc = jub_add(acc, p)
    return acc


def jub_decode(b):
    odd, y = b[0] >> 7, int.from_bytes(b, "big") & (2**255 - 1)
    if y >= R:
        return None
    x = sqrt_mod((y * y - 1) * pow(D * y * y + 1, -1, R) % R, R)
    if x is None or (x == 0 and odd):
        return None
    return (x if x % 2 == odd else R - x), y


def jub_encode(p):
    return u(256, p[1] | (p[0] % 2) << 255)


def base(name):
    for ctr in range(256):
        q = jub_decode(blake("base", name.encode() + bytes([ctr])))
        if q is not None and jub_mul(8, q) != (0, 1):
            return jub_mul(8, q)


B = base("gero jubjub B")

# Curve25519: RFC 7748 ----------------------------------------------------------------------------------------------------------


def clamp(b):
    b = bytearray(b)
    b[0] &= 248
    b[31] &= 127
    b[31] |= 64
    return bytes(b)


def x25519(k, point):
    p = P25519
    k = int.from_bytes(clamp(k), "little")
    x1 = (int.from_bytes(point, "little") & (2**255 - 1)) % p
    x2, z2, x3, z3 = 1, 0, x1, 1
    for i in reversed(range(255)):
        if k >> i & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a % p, c * b % p
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        aa, bb = a * a % p, b * b % p
        e = aa - bb
        x2, z2 = aa * bb % p, e * (aa + 121665 * e) % p
        if k >> i & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def on_curve(x):
    p = P25519
    return x < p and pow(x**3 + 486662 * x**2 + x, (p - 1) // 2, p) == 1


# ChaCha20-Poly1305: RFC 8439 ---------------------------------------------------------------------------------------------------


def chacha_block(key, counter, nonce):
    word = lambda b: [int.from_bytes(b[i : i + 4], "little") for i in range(0, len(b), 4)]
    start = word(b"expand 32-byte k") + word(key) + [counter] + word(nonce)
    s, m = list(start), 2**32 - 1

    def quarter(a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & m
            s[z] ^= s[x]
            s[z] = (s[z] << n | s[z] >> (32 - n)) & m

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return b"".join(((x + y) & m).to_bytes(4, "little") for x, y in zip(s, start))


def aead_seal(key, plain):
    nonce = bytes(12)
    stream = b"".join(chacha_block(key, 1 + i, nonce) for i in range((len(plain) + 63) // 64))
    sealed = bytes(a ^ b for a, b in zip(plain, stream))
    one_time = chacha_block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(one_time[16:32], "little")
    mac = sealed + bytes(-len(sealed) % 16) + bytes(8) + len(sealed).to_bytes(8, "little")
    acc = 0
    for i in range(0, len(mac), 16):
        acc = (acc + int.from_bytes(mac[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return sealed + ((acc + s) % 2**128).to_bytes(16, "little")


# Keys: N1 ----------------------------------------------------------------------------------------------------------------------


def account(seed, index):
    k = {"sk": blake("account", u(32, index) + seed)}
    sk = k["sk"]
    k["ask"] = next(a for a in (wide("ask", sk + bytes([c]), L) for c in range(256)) if a)
    k["ak"] = jub_mul(k["ask"], B)
    k["nk"] = wide("nk", sk)
    k["ivk"] = clamp(blake("ivk", sk))
    k["ovk"] = blake("ovk", sk)
    k["dk"] = blake("dk", sk)
    k["K"] = H(0, k["ak"][0], k["ak"][1], k["nk"])
    return k


# Addresses: N3 to N6 -----------------------------------------------------------------------------------------------------------


def diversifier(dk, j):
    return blake("diversifier", dk + u(64, j))[:16]


def G(d):
    ctr = 0
    while True:
        x = int.from_bytes(blake("G", d + u(32, ctr)), "little") & (2**255 - 1)
        if on_curve(x):
            return x.to_bytes(32, "little")
        ctr += 1


def address(k, j):
    d = diversifier(k["dk"], j)
    return d, H(1, k["K"], int.from_bytes(d, "big")), x25519(k["ivk"], G(d))


def address_bytes(a):
    return a[0] + u(256, a[1]) + a[2]


def bech32m(hrp, data):
    n = int.from_bytes(data, "big")
    words = [n >> 5 * i & 31 for i in reversed(range(len(data) * 8 // 5))]

    def polymod(values):
        gen, chk = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3], 1
        for v in values:
            top, chk = chk >> 25, (chk & 0x1FFFFFF) << 5 ^ v
            for i in range(5):
                chk ^= gen[i] if top >> i & 1 else 0
        return chk

    prefix = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    check = polymod(prefix + words + [0] * 6) ^ 0x2BC830A3
    words += [check >> 5 * i & 31 for i in reversed(range(6))]
    return hrp + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[w] for w in words)


# Notes: N7, N9, N11, N14, N16 ---------------------------------------------------------------------------------------------------


def note(owner, rcm, data, asset, v, psi):
    pcm = H(2, owner, rcm, data)
    return pcm, H(3, pcm, asset, v, psi)


def encrypt(to, ovk, asset, v, data, memo, seed, completed):
    d, owner, p = to
    rcm, psi = wide("rcm", seed), wide("psi", seed)
    esk = clamp(blake("esk", seed))
    if completed:
        asset, v, psi = 1, 0, 0
    pcm, cm = note(owner, rcm, data, asset, v, psi)
    bound = u(256, pcm if completed else cm)
    epk = x25519(esk, G(d))
    plain = b"\1" + d + u(256, asset) + u(128, v) + u(256, data) + seed + memo
    enc = aead_seal(blake("kdf", x25519(esk, p) + epk + bound), plain)
    out = aead_seal(blake("ock", ovk + bound + epk), u(256, owner) + p + esk)
    return {"pcm": u(256, pcm), "cm": b"" if completed else u(256, cm), "epk": epk, "enc": enc, "out": out}


def asset_id(origin, kind, issuer, sub):
    return trunc31(keccak256(b"asset" + u(64, origin) + u(8, kind) + issuer + sub))


# The vectors -------------------------------------------------------------------------------------------------------------------


def main():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"x" * 135) != keccak256(b"x" * 136)
    words = "abandon " * 23 + "art"
    dev = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)
    other = bytes(range(64))
    e = lambda x: u(256, x)
    out = {k: [] for k in ("keys", "addresses", "derived", "notes", "ciphertexts", "assets", "genesis")}

    for seed, index in ((dev, 0), (dev, 1), (dev, 2), (other, 0), (other, 2**32 - 1)):
        k = account(seed, index)
        out["keys"].append({"seed": seed, "index": index, "ask": e(k["ask"]), "ak": jub_encode(k["ak"]), "nk": e(k["nk"]),
                            "ivk": k["ivk"], "ovk": k["ovk"], "dk": k["dk"], "k": e(k["K"])})

    alice, bob = account(dev, 0), account(other, 0)
    for seed, index, k in ((dev, 0, alice), (other, 0, bob)):
        for j in (0, 1, 2, 1000, 2**64 - 1):
            a = address(k, j)
            out["addresses"].append({"seed": seed, "index": index, "j": str(j), "base": G(a[0]), "bytes": address_bytes(a),
                                     "sero": bech32m("sero", address_bytes(a)), "serodev": bech32m("serodev", address_bytes(a))})

    x32 = e(0x1234567890ABCDEF << 180)
    for name, x in (("coinbase", x32), ("vote", x32), ("refund", x32), ("bond", x32), ("genesis", u(64, 9)), ("pcm", u(64, 2**63))):
        out["derived"].append({"dk": alice["dk"], "name": name, "x": x, "rcm": e(wide("rcm " + name, alice["dk"] + x))})

    for i, (v, asset, pos) in enumerate(((0, 1, 0), (1, 1, 1), (2**128 - 1, R - 1, 3**20 - 1), (10**18, asset_id(1337, 2, bytes(20), bytes(32)), 77))):
        owner, rcm, data, psi = (wide("vector %d %s" % (i, w), b"") for w in ("owner", "rcm", "data", "psi"))
        pcm, cm = note(owner, rcm, data, asset, v, psi)
        _, completed = note(owner, rcm, data, asset, v, 0)
        out["notes"].append({"owner": e(owner), "rcm": e(rcm), "data": e(data), "asset": e(asset), "v": u(128, v), "psi": e(psi),
                             "nk": e(bob["nk"]), "pos": str(pos), "pcm": e(pcm), "cm": e(cm), "completed": e(completed),
                             "nf": e(H(4, bob["nk"], rcm, cm, pos))})

    for i, (j, asset, v, data, memo) in enumerate(((0, 1, 15 * 10**17, 0, b"two coffees"), (3, 1, 0, 0, b""), (2**40, R - 1, 2**128 - 1, R - 1, b"\xff" * 128))):
        for completed in (False, True):
            to, memo = address(bob, j), memo.ljust(128, b"\0")
            seed = blake("vector %d" % i, bytes([completed]))
            c = encrypt(to, alice["ovk"], asset, v, data, memo, seed, completed)
            out["ciphertexts"].append({"to": address_bytes(to), "asset": e(asset), "v": u(128, v), "data": e(data), "memo": memo,
                                       "seed": seed, "completed": completed, **c})

    one = u(160, 1)
    label = lambda s: s.encode().ljust(32, b"\0")
    for origin, kind, issuer, sub in ((1337, 2, one, label("DEV")), (1337, 3, one, label("DEV ticket 1")), (2019, 4, bytes(range(20)), bytes(range(32)))):
        out["assets"].append({"originId": origin, "kind": kind, "issuer": issuer, "sub": sub, "id": e(asset_id(origin, kind, issuer, sub))})

    for index, owner in enumerate((0, 0, 0, 0, 1, 1, 2, 0, 0, 0)):
        k = account(dev, owner)
        rcm = wide("rcm genesis", k["dk"] + u(64, index))
        out["genesis"].append(e(H(2, address(k, 0)[1], rcm, 0)))

    hexed = lambda v: v.hex() if isinstance(v, bytes) else v
    out = {k: [hexed(r) if isinstance(r, bytes) else {f: hexed(v) for f, v in r.items()} for r in rows] for k, rows in out.items()}
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
