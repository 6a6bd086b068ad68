/*
 * exclude_regex: from RE2's syntax to POSIX extended regular expressions.
 */
#include "ingitdb/exclude.h"

#include <regex.h>
#include <stdlib.h>

#include "base/buf.h"

#define LONGEST_PATTERN  1024
#define MOST_REPETITIONS 1000 /* RE2's own limit */

struct igd_exclude {
    regex_t regex;
    igd_str pattern;
};

/* The pattern, read once from left to right. */
typedef struct translation {
    igd_str pattern;
    size_t at;
    igd_buf *out;
    igd_arena *mem;
    igd_str why;     /* set when it cannot be translated */
    int flags;       /* of regcomp */
    bool after_item; /* what stands before can be repeated */
    size_t repeated; /* product of all counts so far */
} translation;

static const struct {
    char letter;
    const char *inside; /* between [ and ] */
} classes[] = {
    {'d', "0-9"},
    {'w', "0-9A-Za-z_"},
    {'s', "\t\n\f\r "},
};

static const char *class_of(char letter)
{
    for (size_t n = 0; n < IGD_COUNT(classes); n++)
        if (classes[n].letter == letter)
            return classes[n].inside;
    return NULL;
}

static bool control_byte(char letter, char *out)
{
    static const char letters[] = "aftnrv", bytes[] = "\a\f\t\n\r\v";
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found)
        *out = bytes[found - letters];
    return found;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool refuse_escape(translation *t, char letter)
{
    t->why = igd_arena_printf(t->mem, "its escape '\\%c' is not supported", letter);
    return false;
}

static bool refuse(translation *t, const char *why)
{
    t->why = igd_str_from(why);
    return false;
}

/* A byte that stands for itself, outside of brackets. */
static void literal(translation *t, char byte)
{
    if (strchr("\\^.[$()|*+?{}", byte))
        igd_buf_byte(t->out, '\\');
    igd_buf_byte(t->out, byte);
    t->after_item = true;
}

/* t->at is at the letter behind the backslash. */
static bool escape(translation *t)
{
    if (t->at == t->pattern.len)
        return refuse(t, "it ends in a backslash");
    char letter = t->pattern.ptr[t->at++];
    const char *inside = class_of(letter);
    const char *outside = inside ? NULL : class_of((char)(letter | 0x20));
    char byte = letter;
    if (inside)
        igd_buf_printf(t->out, "[%s]", inside);
    else if (outside && letter >= 'A' && letter <= 'Z')
        igd_buf_printf(t->out, "[^%s]", outside);
    else if (letter == 'A' || letter == 'z') {
        igd_buf_byte(t->out, letter == 'A' ? '^' : '$');
        t->after_item = false;
        return true;
    } else if (control_byte(letter, &byte) || !is_word(letter))
        literal(t, byte);
    else
        return refuse_escape(t, letter);
    t->after_item = true;
    return true;
}

/* What a set holds. ']' must come first in a POSIX set, '^' not first, and '-' last. */
typedef struct char_set {
    igd_buf members;
    bool closing, caret, dash, negated;
    bool after_class; /* so that a '-' is no range */
} char_set;

static void set_byte(char_set *set, char byte)
{
    if (byte == '[') /* "[." and "[=" mean something in POSIX */
        igd_buf_puts(&set->members, "[.[.]");
    else
        igd_buf_byte(&set->members, byte);
}

/* An escape between [ and ]; POSIX knows none there. */
static bool set_escape(translation *t, char_set *set)
{
    if (t->at == t->pattern.len)
        return refuse(t, "it ends in a backslash");
    char letter = t->pattern.ptr[t->at++];
    const char *inside = class_of(letter);
    char byte = letter;
    set->after_class = inside;
    if (inside)
        igd_buf_puts(&set->members, inside);
    else if (letter == ']')
        set->closing = true;
    else if (letter == '^')
        set->caret = true;
    else if (letter == '-')
        set->dash = true;
    else if (control_byte(letter, &byte) || !is_word(letter))
        set_byte(set, byte);
    else
        return refuse_escape(t, letter);
    return true;
}

/* "[:alpha:]" inside a set; t->at is at its '['. */
static bool set_class(translation *t, char_set *set)
{
    igd_str rest = igd_str_sub(t->pattern, t->at, t->pattern.len);
    ptrdiff_t end = igd_str_find(rest, ']');
    if (end < 0)
        return refuse(t, "a '[:' is not closed");
    igd_buf_add(&set->members, rest.ptr, (size_t)end + 1);
    t->at += (size_t)end + 1;
    set->after_class = true;
    return true;
}

static bool read_set(translation *t, char_set *set)
{
    for (size_t from = t->at; t->at < t->pattern.len;) {
        igd_str rest = igd_str_sub(t->pattern, t->at, t->pattern.len);
        if (igd_str_starts(rest, IGD_STR("[:"))) {
            if (!set_class(t, set))
                return false;
            continue;
        }
        char byte = t->pattern.ptr[t->at++];
        if (byte == '\\') {
            if (!set_escape(t, set))
                return false;
            continue;
        }
        bool first = t->at - 1 == from;
        if (byte == ']' && !first)
            return true;
        if (byte == ']')
            set->closing = true;
        else if (byte == '-' && (first || set->after_class || igd_str_starts(rest, IGD_STR("-]"))))
            set->dash = true;
        else
            set_byte(set, byte);
        set->after_class = false;
    }
    return refuse(t, "a '[' is not closed");
}

static void write_set(translation *t, const char_set *set)
{
    bool bare = set->caret && !set->closing && !set->negated && set->members.len == 0;
    if (bare) { /* nothing that could stand in front of the '^' but a dash */
        igd_buf_puts(t->out, set->dash ? "[-^]" : "\\^");
        return;
    }
    igd_buf_printf(t->out, "[%s%s", set->negated ? "^" : "", set->closing ? "]" : "");
    igd_buf_str(t->out, igd_buf_view(&set->members));
    igd_buf_printf(t->out, "%s%s]", set->caret ? "^" : "", set->dash ? "-" : "");
}

/* t->at is behind the '['. */
static bool bracket(translation *t)
{
    char_set set = {.members = IGD_BUF_INIT};
    if (t->at < t->pattern.len && t->pattern.ptr[t->at] == '^') {
        set.negated = true;
        t->at++;
    }
    bool ok = read_set(t, &set);
    if (ok)
        write_set(t, &set);
    igd_buf_free(&set.members);
    t->after_item = true;
    return ok;
}

/* t->at is behind the '{'. Without a count it is an ordinary brace. */
static bool braces(translation *t)
{
    igd_str rest = igd_str_sub(t->pattern, t->at, t->pattern.len);
    size_t counts[2] = {0, 0}, which = 0, n = 0;
    for (; n < rest.len && rest.ptr[n] != '}'; n++) {
        char c = rest.ptr[n];
        if (c == ',' && which == 0 && n > 0)
            which = 1;
        else if (c >= '0' && c <= '9' && counts[which] <= MOST_REPETITIONS)
            counts[which] = counts[which] * 10 + (size_t)(c - '0');
        else
            break;
    }
    if (n == 0 || n == rest.len || rest.ptr[n] != '}') {
        if (n > 0 && n < rest.len && rest.ptr[n] >= '0' && rest.ptr[n] <= '9')
            return refuse(t, "it repeats more than 1000 times");
        literal(t, '{');
        return true;
    }
    if (!t->after_item)
        return refuse(t, "a repetition has nothing to repeat");
    size_t most = counts[0] > counts[1] ? counts[0] : counts[1];
    t->repeated *= most > 0 ? most : 1;
    if (most > MOST_REPETITIONS || t->repeated > MOST_REPETITIONS)
        return refuse(t, "its repetitions multiply to more than 1000");
    igd_buf_byte(t->out, '{');
    igd_buf_add(t->out, rest.ptr, n + 1);
    t->at += n + 1;
    return true;
}

/* t->at is behind the '('. */
static bool group(translation *t)
{
    igd_str rest = igd_str_sub(t->pattern, t->at, t->pattern.len);
    t->after_item = false;
    if (igd_str_starts(rest, IGD_STR("?i)")) && t->at == 1) {
        t->flags |= REG_ICASE;
        t->at += 3;
        return true;
    }
    if (igd_str_starts(rest, IGD_STR("?:")))
        t->at += 2;
    else if (igd_str_starts(rest, IGD_STR("?")))
        return refuse(t, "its '(?' group is not supported, only '(?:' and, in front, '(?i)'");
    igd_buf_byte(t->out, '(');
    return true;
}

static bool one(translation *t)
{
    char byte = t->pattern.ptr[t->at++];
    switch (byte) {
    case '\\':
        return escape(t);
    case '[':
        return bracket(t);
    case '{':
        return braces(t);
    case '(':
        return group(t);
    case '}':
        literal(t, byte);
        return true;
    case '*':
    case '+':
    case '?':
        if (!t->after_item)
            return refuse(t, "a repetition has nothing to repeat");
        break;
    case '|':
    case '^':
    case '$':
        t->after_item = false;
        break;
    default: /* ')' too: a group can be repeated */
        t->after_item = true;
        break;
    }
    igd_buf_byte(t->out, byte);
    return true;
}

igd_exclude *igd_exclude_compile(igd_str pattern, igd_arena *mem, igd_str *why)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    translation t = {.pattern = pattern,
                     .out = &text,
                     .mem = mem,
                     .repeated = 1,
                     .flags = REG_EXTENDED | REG_NOSUB};
    if (pattern.len > LONGEST_PATTERN)
        refuse(&t, "it is longer than 1024 bytes");
    else if (igd_str_find(pattern, '\0') >= 0)
        refuse(&t, "it holds a NUL byte");
    else
        while (t.at < pattern.len && one(&t))
            ;
    if (t.why.len) {
        *why = t.why;
        return NULL;
    }

    igd_exclude *exclude = igd_xmalloc(sizeof(*exclude));
    int rc = regcomp(&exclude->regex, text.ptr, t.flags);
    if (rc == 0) {
        exclude->pattern = igd_arena_str(mem, pattern);
        return exclude;
    }
    char reason[128];
    regerror(rc, &exclude->regex, reason, sizeof(reason));
    *why = igd_arena_printf(mem, "%s", reason);
    free(exclude);
    return NULL;
}

void igd_exclude_free(igd_exclude *exclude)
{
    if (!exclude)
        return;
    regfree(&exclude->regex);
    free(exclude);
}

igd_str igd_exclude_pattern(const igd_exclude *exclude)
{
    return exclude->pattern;
}

bool igd_exclude_matches(const igd_exclude *exclude, igd_str name)
{
    /* REG_STARTEND: names are views. A git name has no NUL byte. */
    regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)name.len};
    return regexec(&exclude->regex, name.len ? name.ptr : "", 1, &range, REG_STARTEND) == 0;
}
