/*
 * exclude_regex: from RE2's syntax to POSIX extended regular expressions.
 */
#include "ingitdb/exclude.h"

#include <regex.h>
#include <stdlib.h>

#include "base/buf.h"

#define LONGEST_PATTERN  1024
#define MOST_REPETITIONS 1000 /* RE2's own limit */
#define MOST_ITEMS       2000 /* after repetitions, which regcomp writes out: "a+" is "aa*" */

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
    igd_str why;       /* set when it cannot be translated */
    int flags;         /* of regcomp */
    bool after_item;   /* what stands before can be repeated */
    bool after_repeat; /* it is a repetition: RE2 allows one '?' behind it, which finds the same */
    size_t last;       /* items that the last one stands for */
    size_t before;     /* the same of all before it in this group */
    size_t depth;
    size_t anchors;    /* '^' and '$' so far */
    bool last_anchors; /* the last item has one inside */
    struct {
        size_t before, anchors;
    } outer[LONGEST_PATTERN]; /* of the groups that are open */
} translation;

static const struct {
    char letter;
    const char *inside; /* between [ and ] */
} classes[] = {
    {'d', "0-9"},
    {'w', "0-9A-Za-z_"},
    {'s', "\t\n\f\r "},
};

static bool refuse(translation *t, const char *why)
{
    t->why = igd_str_from(why);
    return false;
}

/* ---- how large it becomes ---- */

static void new_item(translation *t)
{
    t->before += t->last;
    t->last = 1;
    t->last_anchors = false;
    t->after_item = true;
    t->after_repeat = false;
}

/* '^', '$': of no size, and nothing to repeat. */
static void new_anchor(translation *t)
{
    t->anchors++;
    t->after_item = t->after_repeat = false;
}

/* times: how often the library writes the last item out; 0: it may just be missing. */
static bool repeat(translation *t, size_t times)
{
    if (!t->after_item || t->after_repeat)
        return refuse(t, "a repetition has nothing to repeat");
    t->after_repeat = true;
    if (times == 0)
        return true;
    /* glibc needs exponential time for anchors inside of repetitions. */
    if (t->last_anchors)
        return refuse(t, "it repeats a group with '^' or '$' inside");
    t->last *= times;
    return t->last + t->before <= MOST_ITEMS || refuse(t, "its repetitions are too many");
}

static void open_group(translation *t)
{
    t->outer[t->depth].before = t->before + t->last;
    t->outer[t->depth++].anchors = t->anchors;
    t->before = t->last = 0;
    t->after_item = t->after_repeat = false;
}

static bool close_group(translation *t)
{
    if (t->depth == 0)
        return refuse(t, "a ')' closes nothing");
    t->last += t->before + 1;
    t->before = t->outer[--t->depth].before;
    t->last_anchors = t->anchors > t->outer[t->depth].anchors;
    t->after_item = true;
    t->after_repeat = false;
    return true;
}

/* ---- escapes and sets ---- */

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

/* A byte that stands for itself, outside of brackets. */
static void literal(translation *t, char byte)
{
    if (strchr("\\^.[$()|*+?{}", byte))
        igd_buf_byte(t->out, '\\');
    igd_buf_byte(t->out, byte);
    new_item(t);
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
        new_anchor(t);
        return true;
    } else if (control_byte(letter, &byte) || !is_word(letter))
        literal(t, byte);
    else
        return refuse_escape(t, letter);
    new_item(t);
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
    new_item(t);
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
    size_t most = counts[0] > counts[1] ? counts[0] : counts[1];
    if (most > MOST_REPETITIONS)
        return refuse(t, "it repeats more than 1000 times");
    igd_buf_byte(t->out, '{');
    igd_buf_add(t->out, rest.ptr, n + 1);
    t->at += n + 1;
    return repeat(t, most + 1); /* "a{3,}" is "aaaa*" */
}

/* t->at is behind the '('. */
static bool group(translation *t)
{
    igd_str rest = igd_str_sub(t->pattern, t->at, t->pattern.len);
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
    open_group(t);
    return true;
}

static bool quantifier(translation *t, char byte)
{
    if (byte == '?' && t->after_repeat) {
        t->after_item = t->after_repeat = false;
        return true;
    }
    igd_buf_byte(t->out, byte);
    return repeat(t, byte == '?' ? 0 : byte == '*' ? 1 : 2);
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
    case ')':
        if (!close_group(t))
            return false;
        break;
    case '*':
    case '+':
    case '?':
        return quantifier(t, byte);
    case '^':
    case '$':
        new_anchor(t);
        break;
    case '|':
        t->after_item = t->after_repeat = false;
        break;
    default:
        new_item(t);
        break;
    }
    igd_buf_byte(t->out, byte);
    return true;
}

igd_exclude *igd_exclude_compile(igd_str pattern, igd_arena *mem, igd_str *why)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    translation t = {
        .pattern = pattern, .out = &text, .mem = mem, .flags = REG_EXTENDED | REG_NOSUB};
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
    char room[512]; /* regexec wants an end; REG_STARTEND is not everywhere */
    char *text = name.len < sizeof(room) ? room : igd_xmalloc(name.len + 1);
    if (name.len > 0)
        memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    bool found = regexec(&exclude->regex, text, 0, NULL, 0) == 0;
    if (text != room)
        free(text);
    return found;
}
