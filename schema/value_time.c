/*
 * Reading dates and times (ISO 8601 as far as people write it, RFC 3339) into their canonical text.
 * Checked for real: months have their days, and a datetime is shifted to UTC.
 */
#include "schema/value_time.h"

#include "base/buf.h"

typedef struct moment {
    int year, month, day, hour, minute, second, micro;
    int offset; /* minutes east of UTC */
} moment;

typedef struct cursor {
    const char *at, *end;
    bool loose;
} cursor;

static const char not_date[] = "is not a date (YYYY-MM-DD)";
static const char not_time[] = "is not a time (HH:MM:SS)";
static const char not_datetime[] = "is not a datetime (YYYY-MM-DDTHH:MM:SSZ)";

static const char *not_kind(igd_kind kind)
{
    return kind == IGD_DATE ? not_date : kind == IGD_TIME ? not_time : not_datetime;
}

static bool take(cursor *c, char byte)
{
    if (c->at == c->end || *c->at != byte)
        return false;
    c->at++;
    return true;
}

/* Reads `least` to `most` digits. */
static bool take_number(cursor *c, int least, int most, int *out)
{
    int number = 0, count = 0;
    for (; count < most && c->at < c->end && *c->at >= '0' && *c->at <= '9'; count++)
        number = number * 10 + (*c->at++ - '0');
    *out = number;
    return count >= least;
}

/* Two digits; a single one only when reading loosely. */
static bool take_pair(cursor *c, int *out)
{
    return take_number(c, c->loose ? 1 : 2, 2, out);
}

static bool at_blank(const cursor *c)
{
    return c->at < c->end && (*c->at == ' ' || *c->at == '\t');
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static const char *take_date(cursor *c, igd_kind kind, moment *out)
{
    if (!take_number(c, 4, 4, &out->year) || !take(c, '-') || !take_pair(c, &out->month) ||
        !take(c, '-') || !take_pair(c, &out->day))
        return not_kind(kind);
    if (out->month < 1 || out->month > 12)
        return "names a month that does not exist";
    if (out->day < 1 || out->day > days_in(out->year, out->month))
        return "names a day that does not exist";
    return NULL;
}

/* Behind the point: any digits, but only six that count. */
static const char *take_fraction(cursor *c, igd_kind kind, int *micro)
{
    const char *from = c->at;
    int unit = 100000;
    *micro = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10) {
        if (unit == 0 && *c->at != '0')
            return "has more than six fraction digits";
        *micro += (*c->at - '0') * unit;
    }
    return c->at > from ? NULL : not_kind(kind);
}

/* HH:MM[:SS[.ffffff]] */
static const char *take_clock(cursor *c, igd_kind kind, moment *out)
{
    if (!take_pair(c, &out->hour) || !take(c, ':') || !take_pair(c, &out->minute))
        return not_kind(kind);
    if (take(c, ':')) {
        if (!take_pair(c, &out->second))
            return not_kind(kind);
        const char *why = take(c, '.') ? take_fraction(c, kind, &out->micro) : NULL;
        if (why)
            return why;
    }
    if (out->hour > 23)
        return "names an hour above 23";
    if (out->minute > 59)
        return "names a minute above 59";
    if (out->second > 59)
        return "names a second above 59";
    return NULL;
}

/* Z, +hh:mm, +hhmm, +hh; nothing means UTC. */
static const char *take_offset(cursor *c, moment *out)
{
    while (c->loose && at_blank(c))
        c->at++;
    if (c->at == c->end || take(c, 'Z') || take(c, 'z'))
        return NULL;
    int sign = take(c, '+') ? 1 : take(c, '-') ? -1 : 0;
    int hours, minutes = 0;
    if (sign == 0 || !take_pair(c, &hours))
        return not_datetime;
    if ((take(c, ':') || c->at < c->end) && !take_number(c, 2, 2, &minutes))
        return not_datetime;
    if (hours > 23 || minutes > 59)
        return "has an offset that does not exist";
    out->offset = sign * (hours * 60 + minutes);
    return NULL;
}

static bool take_separator(cursor *c)
{
    if (take(c, 'T') || take(c, 't'))
        return true;
    if (!c->loose)
        return take(c, ' ');
    const char *from = c->at;
    while (at_blank(c))
        c->at++;
    return c->at > from;
}

/* An offset is less than a day, so the date moves by one day at most. */
static void shift_to_utc(moment *t)
{
    int minutes = t->hour * 60 + t->minute - t->offset;
    int days = minutes < 0 ? -1 : minutes >= 24 * 60 ? 1 : 0;
    minutes -= days * 24 * 60;
    t->hour = minutes / 60;
    t->minute = minutes % 60;
    t->day += days;
    if (t->day < 1) {
        t->month = t->month > 1 ? t->month - 1 : 12;
        t->year -= t->month == 12;
        t->day = days_in(t->year, t->month);
    } else if (t->day > days_in(t->year, t->month)) {
        t->day = 1;
        t->month = t->month < 12 ? t->month + 1 : 1;
        t->year += t->month == 1;
    }
}

static const char *take_moment(cursor *c, igd_kind kind, moment *out)
{
    const char *why = NULL;
    if (kind != IGD_TIME)
        why = take_date(c, kind, out);
    if (!why && kind == IGD_DATETIME && c->at < c->end) {
        why = take_separator(c) ? take_clock(c, kind, out) : not_datetime;
        if (!why)
            why = take_offset(c, out);
    }
    if (kind == IGD_TIME)
        why = take_clock(c, kind, out);
    if (why)
        return why;
    if (c->at < c->end)
        return kind == IGD_DATE && take_separator(c) ? "is a datetime, not a date" : not_kind(kind);
    shift_to_utc(out);
    if (kind != IGD_TIME && (out->year < 1 || out->year > 9999))
        return "is outside the years 1 to 9999";
    return NULL;
}

static char *put(char *at, int number, int width)
{
    for (int n = width; n-- > 0; number /= 10)
        at[n] = (char)('0' + number % 10);
    return at + width;
}

#define CANONICAL_MOST 27 /* YYYY-MM-DDTHH:MM:SS.ffffffZ */

static size_t write_canonical(const moment *t, igd_kind kind, char out[CANONICAL_MOST])
{
    char *at = out;
    if (kind != IGD_TIME) {
        at = put(at, t->year, 4);
        *at++ = '-';
        at = put(at, t->month, 2);
        *at++ = '-';
        at = put(at, t->day, 2);
    }
    if (kind == IGD_DATE)
        return (size_t)(at - out);
    if (kind == IGD_DATETIME)
        *at++ = 'T';
    at = put(at, t->hour, 2);
    *at++ = ':';
    at = put(at, t->minute, 2);
    *at++ = ':';
    at = put(at, t->second, 2);
    if (t->micro > 0) {
        *at++ = '.';
        at = put(at, t->micro, 6);
    }
    if (kind == IGD_DATETIME)
        *at++ = 'Z';
    return (size_t)(at - out);
}

const char *igd_time_parse(igd_kind kind, igd_str text, bool loose, igd_arena *mem, igd_str *out)
{
    const char *start = text.len > 0 ? text.ptr : "";
    cursor c = {start, start + text.len, loose};
    moment t = {0};
    t.year = t.month = t.day = 1; /* of a time alone, for whom they do not matter */
    const char *why = take_moment(&c, kind, &t);
    if (why)
        return why;
    char canonical[CANONICAL_MOST];
    igd_str view = {canonical, write_canonical(&t, kind, canonical)};
    *out = igd_str_eq(view, text) ? text : igd_arena_str(mem, view);
    return NULL;
}
