/*
 * JSON text, written into a buffer without spaces. Commas and colons come by themselves:
 *
 *     igd_json j = igd_json_to(&buf);
 *     igd_json_object(&j);
 *       igd_json_key(&j, IGD_STR("name")); igd_json_string(&j, name);
 *     igd_json_end(&j);
 *
 * Numbers are written as the text that the caller formats. Strings are UTF-8 and escaped minimally
 * (RFC 8785: `"`, `\`, and control bytes as \b \t \n \f \r or \u00xx in lower case).
 */
#ifndef IGD_BASE_JSON_WRITE_H
#define IGD_BASE_JSON_WRITE_H

#include "base/buf.h"

#define IGD_JSON_DEPTH 256

typedef struct igd_json {
    igd_buf *out;
    uint32_t depth;
    bool comma; /* the next value needs a comma in front */
    char close[IGD_JSON_DEPTH];
} igd_json;

igd_json igd_json_to(igd_buf *out);

void igd_json_object(igd_json *json);
void igd_json_array(igd_json *json);
void igd_json_end(igd_json *json); /* closes the innermost one */
void igd_json_key(igd_json *json, igd_str key);

void igd_json_string(igd_json *json, igd_str text);
void igd_json_int(igd_json *json, int64_t number);
void igd_json_bool(igd_json *json, bool value);
void igd_json_null(igd_json *json);
void igd_json_raw(igd_json *json, igd_str text); /* already JSON */

/* Key and value in one go; the keys are C strings. */
void igd_json_put_string(igd_json *json, const char *key, igd_str text);
void igd_json_put_int(igd_json *json, const char *key, int64_t number);
void igd_json_put_bool(igd_json *json, const char *key, bool value);

/* Only the quoted, escaped string, without a writer. */
void igd_json_quote(igd_buf *out, igd_str text);

#endif
