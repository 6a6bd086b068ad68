/*
 * The timestamps that yaml.v3 knows: Y-M-D, Y-M-D[Tt]h:m:s[.f](Z|+hh:mm) and Y-M-D h:m:s[.f], the
 * parts after the year with one digit or two, and the date a real one.
 */
#include "ingitdb/yaml_scalar.h"

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool is_digit_at(const cursor *c, ptrdiff_t offset)
{
    return c->end - c->at > offset && c->at[offset] >= '0' && c->at[offset] <= '9';
}

static bool take(cursor *c, char byte)
{
    if (c->at == c->end || *c->at != byte)
        return false;
    c->at++;
    return true;
}

/* A number of `least` to `most` digits, not above the limit. */
static bool number(cursor *c, int least, int most, unsigned limit, unsigned *out)
{
    int digits = 0;
    *out = 0;
    while (digits < most && is_digit_at(c, 0)) {
        *out = *out * 10 + (unsigned)(*c->at++ - '0');
        digits++;
    }
    return digits >= least && *out <= limit;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

typedef struct stamp {
    unsigned year, month, day, hour, minute, second;
    igd_str fraction; /* digits */
    igd_str zone;
} stamp;

static bool read_date(cursor *c, stamp *out)
{
    return number(c, 4, 4, 9999, &out->year) && take(c, '-') && number(c, 1, 2, 12, &out->month) &&
           out->month > 0 && take(c, '-') && number(c, 1, 2, 31, &out->day) && out->day > 0 &&
           out->day <= days_in(out->year, out->month);
}

static bool read_clock(cursor *c, stamp *out)
{
    if (!number(c, 1, 2, 23, &out->hour) || !take(c, ':') || !number(c, 1, 2, 59, &out->minute) ||
        !take(c, ':') || !number(c, 1, 2, 59, &out->second))
        return false;
    /* Go's time.Parse takes a comma too. */
    if (c->at < c->end && (*c->at == '.' || *c->at == ',') && is_digit_at(c, 1)) {
        const char *from = ++c->at;
        while (is_digit_at(c, 0))
            c->at++;
        out->fraction = (igd_str){from, (size_t)(c->at - from)};
    }
    return true;
}

static bool read_zone(cursor *c, stamp *out)
{
    const char *from = c->at;
    unsigned hours, minutes;
    if (!take(c, 'Z')) {
        if (!take(c, '+') && !take(c, '-'))
            return false;
        if (!number(c, 2, 2, 23, &hours) || !take(c, ':') || !number(c, 2, 2, 59, &minutes))
            return false;
    }
    out->zone = (igd_str){from, (size_t)(c->at - from)};
    return true;
}

bool igd_yaml_timestamp(igd_str text, igd_arena *mem, igd_str *out)
{
    cursor c = {text.ptr, text.ptr + text.len};
    stamp t = {.zone = IGD_STR("Z")};
    if (text.len < 8 || !read_date(&c, &t))
        return false;
    if (c.at == c.end) {
        bool full = text.len == 10;
        *out = full ? text : igd_arena_printf(mem, "%04u-%02u-%02u", t.year, t.month, t.day);
        return true;
    }
    if (take(&c, 'T') || take(&c, 't')) {
        if (!read_clock(&c, &t) || !read_zone(&c, &t))
            return false;
    } else {
        /* Spaces instead of the T: always UTC, an offset makes it text. */
        if (!take(&c, ' '))
            return false;
        while (take(&c, ' '))
            continue;
        if (!read_clock(&c, &t))
            return false;
    }
    if (c.at != c.end)
        return false;
    *out = igd_arena_printf(mem, "%04u-%02u-%02uT%02u:%02u:%02u%s%.*s%.*s", t.year, t.month, t.day,
                            t.hour, t.minute, t.second, t.fraction.len > 0 ? "." : "",
                            IGD_STR_ARG(t.fraction), IGD_STR_ARG(t.zone));
    return true;
}
