/*
 * A Consul for tests, by its HTTP API (consul_client.h). Nothing of the driver is used here.
 */
#include "tests/support/consul_client.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdbool.h>
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

static const char *host_of(const char *url, int *len)
{
    const char *host = strstr(url, "://");
    if (!host)
        fail(url, "not a URL", "");
    host += strlen("://");
    *len = (int)strcspn(host, "/?");
    return host;
}

char *consul_prefix(const char *url)
{
    int len;
    const char *path = host_of(url, &len);
    path += len;
    path += *path == '/';
    return strndup(path, strcspn(path, "?"));
}

/* What came, to be freed. A key that is not there: 404, in a transaction 409. Others abort. */
static char *request(const char *url, const char *method, const char *path, const void *body,
                     size_t len, long *status)
{
    char *text = NULL, *at = NULL;
    size_t got = 0;
    int host_len;
    const char *host = host_of(url, &host_len);
    FILE *out = open_memstream(&text, &got);
    if (asprintf(&at, "http://%.*s/v1/%s", host_len, host, path) < 0)
        abort();
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, at);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    fclose(out);
    if (code != CURLE_OK || (*status != 200 && *status != 404 && *status != 409))
        fail(url, path, code == CURLE_OK ? text : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    free(at);
    return text;
}

static void request_only(const char *url, const char *method, const char *path, const void *body,
                         size_t len)
{
    long status;
    free(request(url, method, path, body, len, &status));
    if (status != 200)
        fail(url, path, "not found");
}

/* "kv/..." of a key of any bytes. free() it. */
static char *path_of(const void *key, size_t len, const char *query)
{
    char *path = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&path, &size);
    fputs("kv/", out);
    for (size_t n = 0; n < len; n++)
        fprintf(out, "%%%02X", ((const unsigned char *)key)[n]);
    fputs(query, out);
    fclose(out);
    return path;
}

/* A key that is no UTF-8 can stand in a path only, and one with control bytes in a body only. */
static bool wants_body(const void *key, size_t len)
{
    for (size_t n = 0; n < len; n++)
        if (((const unsigned char *)key)[n] < 0x20 || ((const unsigned char *)key)[n] == 0x7F)
            return true;
    return memmem(key, len, "//", 2) != NULL;
}

/* ---- transactions ---- */

#define OPS 64

/* Appends an operation; value is NULL where it has none. */
static void put_op(FILE *out, const char *verb, const void *key, size_t len, const void *value,
                   size_t value_len)
{
    fprintf(out, "{\"KV\":{\"Verb\":\"%s\",\"Key\":\"", verb);
    for (size_t n = 0; n < len; n++) {
        unsigned char c = ((const unsigned char *)key)[n];
        if (c < 0x20 || c == '"' || c == '\\')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
    if (value) {
        char *text = malloc(value_len / 3 * 4 + 5);
        EVP_EncodeBlock((unsigned char *)text, value, (int)value_len);
        fprintf(out, ",\"Value\":\"%s\"", text);
        free(text);
    }
    fputs("}}", out);
}

static char *one_operation(const char *url, const char *verb, const void *key, size_t len,
                           const void *value, size_t value_len)
{
    char *body = NULL;
    size_t size = 0;
    long status;
    FILE *out = open_memstream(&body, &size);
    fputc('[', out);
    put_op(out, verb, key, len, value, value_len);
    fputc(']', out);
    fclose(out);
    char *answer = request(url, "PUT", "txn?consistent", body, size, &status);
    free(body);
    return answer;
}

void consul_put(const char *url, const void *key, size_t key_len, const void *value,
                size_t value_len)
{
    if (wants_body(key, key_len)) {
        free(one_operation(url, "set", key, key_len, value, value_len));
        return;
    }
    char *path = path_of(key, key_len, "");
    request_only(url, "PUT", path, value, value_len);
    free(path);
}

void consul_put_all(const char *url, const consul_pair *pairs, size_t count)
{
    for (size_t at = 0; at < count; at += OPS) {
        char *body = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&body, &size);
        for (size_t n = at; n < count && n < at + OPS; n++) {
            fputc(n == at ? '[' : ',', out);
            put_op(out, "set", pairs[n].key, strlen(pairs[n].key), pairs[n].value,
                   pairs[n].value_len);
        }
        fputc(']', out);
        fclose(out);
        request_only(url, "PUT", "txn", body, size);
        free(body);
    }
}

static char *decode(const char *text, size_t *len)
{
    size_t from = text ? strlen(text) : 0;
    char *out = malloc(from + 1);
    int got =
        from ? EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)text, (int)from) : 0;
    if (got < 0)
        fail(text, "no base64", "");
    *len = (size_t)got;
    for (size_t n = from; *len && n > 0 && text[n - 1] == '='; n--)
        --*len;
    out[*len] = '\0';
    return out;
}

char *consul_get(const char *url, const void *key, size_t key_len)
{
    long status;
    size_t len;
    char *text = NULL;
    if (!wants_body(key, key_len)) {
        char *path = path_of(key, key_len, "?raw&consistent");
        text = request(url, "GET", path, NULL, 0, &status);
        free(path);
        if (status == 404) {
            free(text);
            text = NULL;
        }
        return text;
    }
    char *answer = one_operation(url, "get", key, key_len, NULL, 0);
    cJSON *json = cJSON_Parse(answer);
    const cJSON *result = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "Results"), 0);
    const cJSON *kv = cJSON_GetObjectItem(result, "KV");
    if (kv)
        text = decode(cJSON_GetStringValue(cJSON_GetObjectItem(kv, "Value")), &len);
    cJSON_Delete(json);
    free(answer);
    return text;
}

consul_pair *consul_list(const char *url, const char *begins, size_t *count)
{
    long status;
    char *path = path_of(begins, strlen(begins), "?recurse&consistent");
    char *answer = request(url, "GET", path, NULL, 0, &status);
    cJSON *json = status == 404 ? cJSON_CreateArray() : cJSON_Parse(answer);
    if (!json)
        fail(url, path, answer);
    consul_pair *pairs = calloc((size_t)cJSON_GetArraySize(json) + 1, sizeof(*pairs));
    const cJSON *kv;
    *count = 0;
    cJSON_ArrayForEach(kv, json)
    {
        consul_pair *pair = &pairs[(*count)++];
        pair->key = strdup(cJSON_GetStringValue(cJSON_GetObjectItem(kv, "Key")));
        pair->value =
            decode(cJSON_GetStringValue(cJSON_GetObjectItem(kv, "Value")), &pair->value_len);
    }
    cJSON_Delete(json);
    free(answer);
    free(path);
    return pairs;
}

void consul_free(consul_pair *pairs, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        free(pairs[n].key);
        free(pairs[n].value);
    }
    free(pairs);
}

void consul_delete(const char *url, const char *key)
{
    free(one_operation(url, "delete", key, strlen(key), NULL, 0));
}

void consul_delete_tree(const char *url, const char *begins)
{
    free(one_operation(url, "delete-tree", begins, strlen(begins), NULL, 0));
}
