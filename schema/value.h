/*
 * Values: one cell of one row, in a form that no longer knows where it came from.
 *
 * Invariant: a value that is not IGD_RAW is canonical (docs/contract.md 2), so equal
 * values have equal canonical text and a digest can be taken of it:
 *   int       decimal
 *   float     ECMAScript Number::toString of the double, -0 as 0; inf and nan do not exist
 *   bool      true, false
 *   date      YYYY-MM-DD
 *   time      HH:MM:SS[.ffffff]
 *   datetime  YYYY-MM-DDTHH:MM:SS[.ffffff]Z, UTC; six digits of a fraction unless it is zero
 *   json      no spaces, keys ordered by their UTF-8 bytes, numbers as above, nulls kept
 * Invalid: more than six significant fraction digits, second 60, hour 24, UTC years
 * outside 1..9999.
 *
 * Texts are views of the arena or the input that the value was made from.
 */
#ifndef IGD_SCHEMA_VALUE_H
#define IGD_SCHEMA_VALUE_H

#include "base/buf.h"
#include "schema/type.h"

/* What the target holds where it is not what the column should hold. */
typedef enum igd_raw {
    IGD_RAW_TEXT,
    IGD_RAW_INT,
    IGD_RAW_FLOAT, /* the text is shortest and exact, or Inf, -Inf */
    IGD_RAW_BLOB,  /* the text is x'00ff' */
} igd_raw;

typedef struct igd_value {
    igd_kind kind;
    union {
        int64_t integer; /* IGD_INT */
        double number;   /* IGD_FLOAT: finite, not -0 */
        bool boolean;    /* IGD_BOOL */
        igd_raw raw;     /* IGD_RAW */
    };
    igd_str text; /* STRING, RAW: the bytes; DATE, TIME, DATETIME, JSON: canonical text;
                     FLOAT: the number as the source wrote it, or empty */
} igd_value;

#define IGD_VALUE_NULL ((igd_value){.kind = IGD_NULL})

igd_value igd_value_string(igd_str text);
igd_value igd_value_int(int64_t number);
igd_value igd_value_bool(bool value);

/* False for inf and nan. -0 becomes 0. `source` may be empty. */
bool igd_value_float(double number, igd_str source, igd_value *out);

/*
 * Reads a scalar of the given kind from text: a decimal number that is an integer in the range of
 * int64 ("+5", "-0", "5.0" and "1e3" are fine), a decimal float, true/false, ISO 8601 / RFC 3339
 * dates and times. Returns NULL, or why it is not one (static text such as "is not an integer",
 * "has more than six fraction digits"; lower case). STRING takes any text; JSON is
 * igd_canonical_json. A datetime without an offset is UTC; a bare date is a datetime at midnight
 * UTC; 'T', 't' or one space separate; seconds may be left out; offsets are Z, z, +hh:mm,
 * +hhmm, +hh.
 */
const char *igd_value_parse(igd_kind kind, igd_str text, igd_arena *mem, igd_value *out);

/* The same for a YAML plain scalar, whose timestamps may have single digits ("2024-1-2 3:04:05"),
 * several blanks or tabs between date and time, and some before the offset. */
const char *igd_value_parse_loose(igd_kind kind, igd_str text, igd_arena *mem, igd_value *out);

/* Appends the canonical text; nothing for NULL. */
void igd_value_write(const igd_value *value, igd_buf *out);

/* The same as a view: of the value itself where it holds the text, else of mem. */
igd_str igd_value_text(const igd_value *value, igd_arena *mem);

/* Same kind and same canonical text (floats by their double). Two nulls are equal. */
bool igd_value_eq(const igd_value *a, const igd_value *b);

/* A copy that lives in mem. */
igd_value igd_value_copy(const igd_value *value, igd_arena *mem);

/* ECMAScript Number::toString of a finite double; out has room for 32 bytes. Returns the length. */
#define IGD_NUMBER_MAX 32
size_t igd_number_text(double number, char out[IGD_NUMBER_MAX]);

#endif
