/*
 * 128-bit digests: the first 16 bytes of SHA-256 (OpenSSL's), and sums of them modulo 2^128, which
 * do not depend on the order of what was summed up.
 */
#ifndef IGD_BASE_DIGEST_H
#define IGD_BASE_DIGEST_H

#include "base/attributes.h"
#include "base/str.h"

typedef struct igd_digest {
    uint64_t high, low; /* big-endian halves of the 16 bytes */
} igd_digest;

#define IGD_DIGEST_HEX 33 /* 32 hex digits and the NUL */

igd_digest igd_digest_of(igd_str bytes);

/* The whole SHA-256 as 64 lower-case hex digits and a NUL. */
void igd_sha256_hex(igd_str bytes, char out[65]);

/* The same of bytes that come piece by piece. */
typedef struct igd_hash igd_hash;

igd_hash *igd_hash_new(void);
void igd_hash_free(igd_hash *hash); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_hash, igd_hash_free)
void igd_hash_add(igd_hash *hash, igd_str bytes);
/* Of all that was added; the hash then begins anew. */
void igd_hash_take(igd_hash *hash, char out[65]);

static inline igd_digest igd_digest_add(igd_digest a, igd_digest b)
{
    igd_digest sum = {a.high + b.high, a.low + b.low};
    sum.high += sum.low < a.low;
    return sum;
}

static inline igd_digest igd_digest_sub(igd_digest a, igd_digest b)
{
    igd_digest rest = {a.high - b.high, a.low - b.low};
    rest.high -= a.low < b.low;
    return rest;
}

static inline bool igd_digest_eq(igd_digest a, igd_digest b)
{
    return a.high == b.high && a.low == b.low;
}

static inline int igd_digest_cmp(igd_digest a, igd_digest b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

void igd_digest_hex(igd_digest digest, char out[IGD_DIGEST_HEX]);

/* False when the text is not 32 hex digits. */
bool igd_digest_parse(igd_str hex, igd_digest *out);

#endif
