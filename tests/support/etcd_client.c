/*
 * An etcd for tests, by its JSON gateway (etcd_client.h). Nothing of the driver is used here.
 */
#include "tests/support/etcd_client.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cJSON.h"

static void fail(const char *url, const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", url, what, why);
    abort();
}

static size_t collect(char *bytes, size_t size, size_t count, void *out)
{
    return fwrite(bytes, size, count, out) * size;
}

/* Of "etcd://host:port,.../..." what stands before the path. */
static size_t server_len(const char *url)
{
    const char *host = strstr(url, "://");
    if (!host)
        fail(url, "not a URL", "");
    host += strlen("://");
    return (size_t)(host - url) + strcspn(host, "/?");
}

char *etcd_prefix(const char *url)
{
    const char *path = url + server_len(url);
    path += *path == '/';
    return strndup(path, strcspn(path, "?"));
}

static cJSON *post(const char *url, const char *path, const char *body)
{
    char *text = NULL, *at = NULL;
    size_t len = 0;
    const char *host = strstr(url, "://") + strlen("://"); /* the first of several */
    FILE *out = open_memstream(&text, &len);
    if (asprintf(&at, "http://%.*s/v3/kv/%s", (int)strcspn(host, ",/?"), host, path) < 0)
        abort();
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, at);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    fclose(out);
    if (code != CURLE_OK || status != 200)
        fail(url, path, code == CURLE_OK ? text : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    cJSON *json = cJSON_Parse(text);
    if (!json)
        fail(url, path, text);
    free(text);
    free(at);
    return json;
}

static char *encode(const void *bytes, size_t len)
{
    char *text = malloc(len / 3 * 4 + 5);
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

static etcd_bytes decode(const cJSON *json, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(json, name));
    size_t len = text ? strlen(text) : 0;
    etcd_bytes out = {.ptr = malloc(len + 1)};
    int got =
        len ? EVP_DecodeBlock((unsigned char *)out.ptr, (const unsigned char *)text, (int)len) : 0;
    if (got < 0)
        fail(name, "no base64", text);
    out.len = (size_t)got;
    for (size_t n = len; out.len && n > 0 && text[n - 1] == '='; n--)
        out.len--;
    out.ptr[out.len] = '\0';
    return out;
}

etcd_pair *etcd_list(const char *url, const void *begins, size_t len, size_t *count)
{
    /* Up to the next name of that length: none ends with the highest byte. */
    char *end = malloc(len + 1), *from = encode(begins, len), *to, *body = NULL;
    memcpy(end, begins, len);
    end[len - 1]++;
    to = encode(end, len);
    if (asprintf(&body, "{\"key\":\"%s\",\"range_end\":\"%s\"}", from, to) < 0)
        abort();
    cJSON *json = post(url, "range", body);
    const cJSON *kvs = cJSON_GetObjectItem(json, "kvs"), *kv;
    etcd_pair *pairs = calloc((size_t)cJSON_GetArraySize(kvs) + 1, sizeof(*pairs));
    *count = 0;
    cJSON_ArrayForEach(kv, kvs) pairs[(*count)++] =
        (etcd_pair){decode(kv, "key"), decode(kv, "value")};
    cJSON_Delete(json);
    free(body);
    free(from);
    free(to);
    free(end);
    return pairs;
}

void etcd_free(etcd_pair *pairs, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        free(pairs[n].key.ptr);
        free(pairs[n].value.ptr);
    }
    free(pairs);
}

void etcd_put(const char *url, const void *key, size_t key_len, const void *value, size_t value_len)
{
    char *name = encode(key, key_len), *text = encode(value, value_len), *body = NULL;
    if (asprintf(&body, "{\"key\":\"%s\",\"value\":\"%s\"}", name, text) < 0)
        abort();
    cJSON_Delete(post(url, "put", body));
    free(name);
    free(text);
    free(body);
}

void etcd_delete(const char *url, const void *key, size_t len)
{
    char *name = encode(key, len), *body = NULL;
    if (asprintf(&body, "{\"key\":\"%s\"}", name) < 0)
        abort();
    cJSON_Delete(post(url, "deleterange", body));
    free(name);
    free(body);
}

/* ---- many ---- */

#define AT_ONCE 100

static void put_operation(FILE *out, const etcd_pair *pair, bool puts)
{
    char *name = encode(pair->key.ptr, pair->key.len);
    fprintf(out, "{\"%s\":{\"key\":\"%s\"", puts ? "request_put" : "request_delete_range", name);
    if (puts) {
        char *text = encode(pair->value.ptr, pair->value.len);
        fprintf(out, ",\"value\":\"%s\"", text);
        free(text);
    }
    fputs("}}", out);
    free(name);
}

static void do_all(const char *url, const etcd_pair *pairs, size_t count, bool puts)
{
    for (size_t at = 0; at < count; at += AT_ONCE) {
        char *body = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&body, &len);
        fputs("{\"success\":[", out);
        for (size_t n = at; n < count && n < at + AT_ONCE; n++) {
            fputs(n > at ? "," : "", out);
            put_operation(out, &pairs[n], puts);
        }
        fputs("]}", out);
        fclose(out);
        cJSON_Delete(post(url, "txn", body));
        free(body);
    }
}

void etcd_put_all(const char *url, const etcd_pair *pairs, size_t count)
{
    do_all(url, pairs, count, true);
}

void etcd_delete_all(const char *url, const etcd_pair *pairs, size_t count)
{
    do_all(url, pairs, count, false);
}
