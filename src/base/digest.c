/*
 * SHA-256 by OpenSSL. Every row of every table is digested, most of them short, so each thread
 * keeps one context: creating one and looking the algorithm up would cost more than the hashing.
 * The algorithm comes from a library context of our own, for which OpenSSL reads no configuration:
 * half a millisecond less for every start of the program.
 */
#include "base/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SHA256_BYTES 32

static _Thread_local EVP_MD_CTX *thread_context;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static OSSL_LIB_CTX *library; /* for the rest of the process */

static _Noreturn void no_sha256(void)
{
    fputs("SHA-256 of OpenSSL does not work\n", stderr);
    abort();
}

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
    thread_context = NULL;
}

static void make_key(void)
{
    library = OSSL_LIB_CTX_new();
    if (!library || pthread_key_create(&key, free_context) != 0)
        no_sha256();
}

static EVP_MD_CTX *new_context(void)
{
    pthread_once(&once, make_key);
    EVP_MD *sha256 = EVP_MD_fetch(library, "SHA256", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!sha256 || !context || EVP_DigestInit_ex2(context, sha256, NULL) != 1)
        no_sha256();
    EVP_MD_free(sha256); /* the context keeps its own reference */
    return context;
}

static EVP_MD_CTX *context_of_thread(void)
{
    EVP_MD_CTX *context = new_context();
    if (pthread_setspecific(key, context) != 0)
        no_sha256();
    thread_context = context;
    return context;
}

static void add(EVP_MD_CTX *context, igd_str bytes)
{
    if (bytes.len > 0 && EVP_DigestUpdate(context, bytes.ptr, bytes.len) != 1)
        no_sha256();
}

static void take(EVP_MD_CTX *context, unsigned char out[SHA256_BYTES])
{
    unsigned len = 0;
    if (EVP_DigestFinal_ex(context, out, &len) != 1 || len != SHA256_BYTES)
        no_sha256();
}

static void sha256_of(igd_str bytes, unsigned char out[SHA256_BYTES])
{
    EVP_MD_CTX *context = thread_context;
    if (!context)
        context = context_of_thread();
    else if (EVP_DigestInit_ex2(context, NULL, NULL) != 1)
        no_sha256();
    add(context, bytes);
    take(context, out);
}

static uint64_t big_endian(const unsigned char *bytes)
{
    uint64_t number = 0;
    for (int n = 0; n < 8; n++)
        number = number << 8 | bytes[n];
    return number;
}

igd_digest igd_digest_of(igd_str bytes)
{
    unsigned char hash[SHA256_BYTES];
    sha256_of(bytes, hash);
    return (igd_digest){big_endian(hash), big_endian(hash + 8)};
}

static const char hex_digits[] = "0123456789abcdef";

static void write_hex(const unsigned char bytes[SHA256_BYTES], char out[65])
{
    for (int n = 0; n < SHA256_BYTES; n++) {
        *out++ = hex_digits[bytes[n] >> 4];
        *out++ = hex_digits[bytes[n] & 15];
    }
    *out = '\0';
}

void igd_sha256_hex(igd_str bytes, char out[65])
{
    unsigned char hash[SHA256_BYTES];
    sha256_of(bytes, hash);
    write_hex(hash, out);
}

/* An igd_hash is a context of OpenSSL's by another name. */
igd_hash *igd_hash_new(void)
{
    return (igd_hash *)new_context();
}

void igd_hash_free(igd_hash *hash)
{
    EVP_MD_CTX_free((EVP_MD_CTX *)hash);
}

void igd_hash_add(igd_hash *hash, igd_str bytes)
{
    add((EVP_MD_CTX *)hash, bytes);
}

void igd_hash_take(igd_hash *hash, char out[65])
{
    EVP_MD_CTX *context = (EVP_MD_CTX *)hash;
    unsigned char bytes[SHA256_BYTES];
    take(context, bytes);
    write_hex(bytes, out);
    if (EVP_DigestInit_ex2(context, NULL, NULL) != 1)
        no_sha256();
}

void igd_digest_hex(igd_digest digest, char out[IGD_DIGEST_HEX])
{
    for (int n = 0; n < 16; n++) {
        int shift = 60 - 4 * n;
        out[n] = hex_digits[digest.high >> shift & 15];
        out[16 + n] = hex_digits[digest.low >> shift & 15];
    }
    out[32] = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool igd_digest_parse(igd_str hex, igd_digest *out)
{
    if (hex.len != IGD_DIGEST_HEX - 1)
        return false;
    uint64_t half[2] = {0, 0};
    for (size_t n = 0; n < hex.len; n++) {
        int value = hex_value(hex.ptr[n]);
        if (value < 0)
            return false;
        half[n / 16] = half[n / 16] << 4 | (uint64_t)value;
    }
    *out = (igd_digest){half[0], half[1]};
    return true;
}
