/*
 * Writes the stream of a repository for measurements:
 * make_repo RECORDS CHANGES [GROUP] | git fast-import
 *
 * Ten collections of small YAML files with twenty fields each, some of which refer to records of
 * other collections; a second commit changes CHANGES records, spread evenly. Without GROUP a
 * collection is one directory. With it, the first of every GROUP records is the parent of the
 * others, which are a subcollection, in a directory of their own. The same arguments give the same
 * commits on every machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#define RECORDS_MAX 10000000

typedef struct shape {
    const char *name;
    const char *parent; /* what its field `belongs_to` refers to, or NULL: plain text */
} shape;

static const shape collections[] = {
    {"customers", NULL},     {"suppliers", NULL},     {"products", "suppliers"},
    {"warehouses", NULL},    {"orders", "customers"}, {"payments", "orders"},
    {"shipments", "orders"}, {"reviews", "products"}, {"tickets", "customers"},
    {"campaigns", NULL},
};

/* What is made: so many records, in groups of so many; 1: no subcollections. */
typedef struct plan {
    uint64_t records, changes, group;
} plan;

#define COLLECTIONS (sizeof(collections) / sizeof(collections[0]))

static const char columns[] = "  code:\n    type: string\n    required: true\n"
                              "  title:\n    type: string\n    required: true\n"
                              "    max_length: 100\n"
                              "  description:\n    type: string\n"
                              "  status:\n    type: string\n"
                              "    enum: [new, open, waiting, closed]\n"
                              "  owner:\n    type: string\n"
                              "  city:\n    type: string\n"
                              "  phone:\n    type: string\n"
                              "  quantity:\n    type: int\n"
                              "  stock:\n    type: int\n"
                              "  position:\n    type: int\n    required: true\n"
                              "  views:\n    type: int\n"
                              "  price:\n    type: float\n"
                              "  weight:\n    type: float\n"
                              "  ratio:\n    type: float\n"
                              "  is_active:\n    type: bool\n    required: true\n"
                              "  is_verified:\n    type: bool\n"
                              "  starts_on:\n    type: date\n"
                              "  ends_on:\n    type: date\n"
                              "  changed_at:\n    type: datetime\n";

static const char *const words[] = {
    "amber",  "basin",  "copper",  "delta",   "ember",  "fjord",  "garnet", "harbor",
    "indigo", "jasper", "kernel",  "lantern", "meadow", "nickel", "orchid", "pewter",
    "quartz", "ripple", "saffron", "timber",  "umber",  "velvet", "willow", "zephyr",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* What a record is made of: splitmix64, with a start of its own for each record. */
typedef struct dice {
    uint64_t state;
} dice;

static uint64_t roll(dice *of)
{
    uint64_t z = of->state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint64_t below(dice *of, uint64_t limit)
{
    return roll(of) % limit;
}

static void word(igd_buf *out, dice *of, const char *before)
{
    igd_buf_puts(out, before);
    igd_buf_puts(out, words[below(of, WORDS)]);
}

static void number(igd_buf *out, dice *of, const char *before, int digits, uint64_t limit)
{
    igd_buf_printf(out, "%s%0*" PRIu64, before, digits, below(of, limit));
}

static void put_texts(igd_buf *out, dice *of, uint64_t record)
{
    static const char *const statuses[] = {"new", "open", "waiting", "closed"};
    number(out, of, "code: C-", 5, 100000);
    word(out, of, "\ntitle: ");
    word(out, of, " ");
    igd_buf_printf(out, " %" PRIu64, record);
    word(out, of, "\ndescription: \"");
    word(out, of, ", ");
    word(out, of, ": ");
    word(out, of, " and ");
    igd_buf_printf(out, "\"\nstatus: %s", statuses[below(of, 4)]);
    word(out, of, "\nowner: ");
    word(out, of, "@example.org\ncity: ");
    word(out, of, " ");
    number(out, of, "\nphone: '+49 ", 7, 10000000);
    igd_buf_puts(out, "'\n");
}

static void put_numbers(igd_buf *out, dice *of, uint64_t record)
{
    number(out, of, "quantity: ", 1, 100);
    number(out, of, "\nstock: ", 1, 100000);
    igd_buf_printf(out, "\nposition: %" PRIu64, record);
    number(out, of, "\nviews: ", 1, 10000000);
    number(out, of, "\nprice: ", 1, 1000);
    number(out, of, ".", 2, 100);
    number(out, of, "\nweight: ", 1, 100);
    number(out, of, ".", 3, 1000);
    number(out, of, "\nratio: 0.", 6, 1000000);
    igd_buf_printf(out, "\nis_active: %s", below(of, 2) ? "true" : "false");
    igd_buf_printf(out, "\nis_verified: %s\n", below(of, 2) ? "true" : "false");
}

static void put_date(igd_buf *out, dice *of, const char *field)
{
    igd_buf_puts(out, field);
    number(out, of, ": 20", 2, 40);
    igd_buf_printf(out, "-%02" PRIu64, 1 + below(of, 12));
    igd_buf_printf(out, "-%02" PRIu64, 1 + below(of, 28));
}

static void put_dates(igd_buf *out, dice *of)
{
    put_date(out, of, "starts_on");
    put_date(out, of, "\nends_on");
    put_date(out, of, "\nchanged_at");
    number(out, of, "T", 2, 24);
    number(out, of, ":", 2, 60);
    number(out, of, ":", 2, 60);
    igd_buf_puts(out, "Z\n");
}

static size_t records_of(size_t collection, uint64_t records)
{
    return records / COLLECTIONS + (collection < records % COLLECTIONS);
}

static size_t find_collection(const char *name)
{
    for (size_t n = 0; n < COLLECTIONS; n++)
        if (strcmp(collections[n].name, name) == 0)
            return n;
    abort();
}

static void put_record(igd_buf *out, const plan *to, size_t collection, uint64_t record,
                       bool changed)
{
    dice of = {(uint64_t)collection << 40 | record};
    const char *parent = collections[collection].parent;
    put_texts(out, &of, record);
    if (parent) {
        uint64_t other = below(&of, records_of(find_collection(parent), to->records));
        igd_buf_printf(out, "belongs_to: k%07" PRIu64, other - other % to->group);
    } else {
        word(out, &of, "belongs_to: ");
        word(out, &of, " ");
    }
    igd_buf_byte(out, '\n');
    /* The second commit changes what comes after this point. */
    of.state += changed;
    put_numbers(out, &of, record);
    put_dates(out, &of);
}

/* ---- the stream ---- */

static void file_of(const char *path, const igd_buf *content)
{
    printf("M 100644 inline %s\ndata %zu\n", path, content->len);
    fwrite(content->ptr, 1, content->len, stdout);
    putchar('\n');
}

static void record_file(igd_buf *scratch, const plan *to, size_t collection, uint64_t record,
                        bool changed)
{
    char path[120];
    const char *name = collections[collection].name;
    uint64_t parent = record - record % to->group;
    if (record == parent)
        snprintf(path, sizeof(path), "data/%s/$records/k%07" PRIu64 ".yaml", name, record);
    else
        snprintf(path, sizeof(path),
                 "data/%s/$records/k%07" PRIu64 "/parts/$records/k%07" PRIu64 ".yaml", name, parent,
                 record);
    igd_buf_clear(scratch);
    put_record(scratch, to, collection, record, changed);
    file_of(path, scratch);
}

static void definition(igd_buf *scratch, const shape *of, const char *directory)
{
    char path[120];
    igd_buf_clear(scratch);
    igd_buf_puts(scratch, "record_file:\n  name: \"{key}.yaml\"\n  format: yaml\n"
                          "  type: \"map[string]any\"\ncolumns:\n  belongs_to:\n"
                          "    type: string\n");
    if (of->parent)
        igd_buf_printf(scratch, "    foreign_key: %s\n", of->parent);
    igd_buf_puts(scratch, columns);
    snprintf(path, sizeof(path), "data/%s/.collection/%sdefinition.yaml", of->name, directory);
    file_of(path, scratch);
}

static void definitions(igd_buf *scratch, const plan *to)
{
    igd_buf_clear(scratch);
    for (size_t n = 0; n < COLLECTIONS; n++)
        igd_buf_printf(scratch, "%s: data/%s\n", collections[n].name, collections[n].name);
    file_of(".ingitdb/root-collections.yaml", scratch);
    igd_buf_clear(scratch);
    igd_buf_puts(scratch, "name: bench\n");
    file_of(".ingitdb/migrate.yaml", scratch);
    for (size_t n = 0; n < COLLECTIONS; n++) {
        definition(scratch, &collections[n], "");
        if (to->group > 1)
            definition(scratch, &collections[n], "subcollections/parts/");
    }
}

/* Somewhere in the part of the collection that is the change's, so that no two are the same. */
static uint64_t changed_record(const plan *to, uint64_t change)
{
    size_t collection = change % COLLECTIONS;
    uint64_t records = records_of(collection, to->records);
    uint64_t changes = records_of(collection, to->changes), number = change / COLLECTIONS;
    uint64_t from = number * records / changes;
    dice of = {change};
    return from + below(&of, (number + 1) * records / changes - from);
}

static void commit(int number, const char *message)
{
    printf("commit refs/heads/main\nmark :%d\ncommitter bench <bench@example.org> %d +0000\n"
           "data %zu\n%s\n",
           number, 1700000000 + number, strlen(message), message);
    if (number > 1)
        printf("from :%d\n", number - 1);
}

static bool parse_count(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *out = number;
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno && number <= RECORDS_MAX;
}

int main(int argc, char **argv)
{
    plan to = {.group = 1};
    if (argc < 3 || argc > 4 || !parse_count(argv[1], &to.records) ||
        !parse_count(argv[2], &to.changes) || (argc > 3 && !parse_count(argv[3], &to.group)) ||
        to.records < COLLECTIONS || to.changes < 1 || to.changes > to.records || to.group < 1) {
        fprintf(stderr,
                "usage: %s RECORDS CHANGES [GROUP] | git fast-import\n"
                "RECORDS from %zu to %d, CHANGES from 1 to RECORDS\n",
                argv[0], COLLECTIONS, RECORDS_MAX);
        return 2;
    }
    igd_buf scratch = IGD_BUF_INIT;
    commit(1, "All records");
    definitions(&scratch, &to);
    for (size_t c = 0; c < COLLECTIONS; c++)
        for (uint64_t n = 0; n < records_of(c, to.records); n++)
            record_file(&scratch, &to, c, n, false);
    commit(2, "Some records change");
    for (uint64_t n = 0; n < to.changes; n++)
        record_file(&scratch, &to, n % COLLECTIONS, changed_record(&to, n), true);
    igd_buf_free(&scratch);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
