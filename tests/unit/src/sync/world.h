/*
 * Random shops (define_shop) with a model of what is valid in them, for property tests: what the
 * program says of a commit is compared with what a few loops over small arrays say.
 */
#ifndef IGD_TESTS_WORLD_H
#define IGD_TESTS_WORLD_H

#include "tests/unit/src/sync/sync_fixture.h"

#define PEOPLE 6
#define LABELS 5
#define ORDERS 4
#define LINES  3

/* References are numbers of records; -1: none. Beyond the arrays' ends nobody ever is. */
typedef struct person {
    bool there, broken;
    int age, friend, tags[2];
} person;

typedef struct label {
    bool there, broken;
    int title, above;
} label;

typedef struct line {
    bool there, broken;
    int count, label;
} line;

typedef struct order {
    bool there, broken;
    int owner;
    bool tax;
    line lines[LINES];
} order;

typedef struct world {
    person people[PEOPLE];
    label labels[LABELS];
    order orders[ORDERS];
    bool people_in_one_file, more_columns, free_friends; /* of the definitions */
} world;

static unsigned int world_seed;

static int dice(int sides)
{
    world_seed = world_seed * 1664525U + 1013904223U;
    return (int)((world_seed >> 8) % (unsigned int)sides);
}

/* One reference in twelve goes to nobody. */
static int pick(int count, bool optional)
{
    if (optional && dice(2) == 0)
        return -1;
    return dice(12) == 0 ? count : dice(count);
}

static void random_person(person *p, int broken)
{
    *p = (person){.there = dice(4) != 0,
                  .broken = dice(broken) == 0,
                  .age = dice(50),
                  .friend = pick(PEOPLE, true),
                  .tags = {pick(LABELS, true), pick(LABELS, true)}};
}

static void random_label(label *l, int broken)
{
    *l = (label){.there = dice(5) != 0,
                 .broken = dice(broken) == 0,
                 .title = dice(50),
                 .above = dice(3) == 0 ? pick(LABELS, true) : -1};
}

static void random_order(order *o, int broken)
{
    *o = (order){.there = dice(4) != 0,
                 .broken = dice(broken) == 0,
                 .owner = pick(PEOPLE, false),
                 .tax = dice(3) == 0};
    for (int n = 0; n < LINES; n++)
        o->lines[n] = (line){.there = dice(2) == 0,
                             .broken = dice(broken) == 0,
                             .count = dice(9),
                             .label = pick(LABELS, true)};
    /* Mostly no orphans. */
    if (!o->there && dice(6) != 0) {
        memset(o->lines, 0, sizeof(o->lines));
        o->tax = false;
    }
}

/* `broken`: one record in so many cannot be read. */
IGD_UNUSED static void random_edit(world *w, int broken)
{
    for (int edits = 1 + dice(3); edits > 0; edits--)
        switch (dice(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            random_person(&w->people[dice(PEOPLE)], broken);
            break;
        case 4:
        case 5:
        case 6:
            random_label(&w->labels[dice(LABELS)], broken);
            break;
        case 7:
            w->people_in_one_file = dice(2);
            break;
        case 8:
            if (dice(2))
                w->more_columns = !w->more_columns;
            else
                w->free_friends = !w->free_friends;
            break;
        default:
            random_order(&w->orders[dice(ORDERS)], broken);
            break;
        }
}

/* ---- what is valid ---- */

static bool good_label(const world *w, int n)
{
    return n == -1 || (n < LABELS && w->labels[n].there && !w->labels[n].broken);
}

static bool good_person(const world *w, int n)
{
    return n == -1 || (n < PEOPLE && w->people[n].there && !w->people[n].broken);
}

/* Makes what refers to something invalid `broken`, until nothing changes. A second look at a
 * settled world finds nothing. */
IGD_UNUSED static void settle(world *w)
{
    for (bool more = true; more;) {
        world before = *w;
        for (int n = 0; n < LABELS; n++)
            w->labels[n].broken |= !good_label(w, w->labels[n].above);
        for (int n = 0; n < PEOPLE; n++)
            w->people[n].broken |= (!w->free_friends && !good_person(w, w->people[n].friend)) ||
                                   !good_label(w, w->people[n].tags[0]) ||
                                   !good_label(w, w->people[n].tags[1]);
        for (int n = 0; n < ORDERS; n++) {
            order *o = &w->orders[n];
            o->broken |= !good_person(w, o->owner);
            for (int l = 0; l < LINES; l++)
                o->lines[l].broken |= !o->there || o->broken || !good_label(w, o->lines[l].label);
            if (!o->there || o->broken)
                o->tax = false;
        }
        more = memcmp(&before, w, sizeof(before)) != 0;
    }
}

IGD_UNUSED static bool is_valid(const world *w)
{
    world settled = *w;
    settle(&settled);
    for (int n = 0; n < LABELS; n++)
        if (w->labels[n].there && settled.labels[n].broken)
            return false;
    for (int n = 0; n < PEOPLE; n++)
        if (w->people[n].there && settled.people[n].broken)
            return false;
    for (int n = 0; n < ORDERS; n++) {
        if (w->orders[n].there && settled.orders[n].broken)
            return false;
        if (w->orders[n].tax != settled.orders[n].tax)
            return false;
        for (int l = 0; l < LINES; l++)
            if (w->orders[n].lines[l].there && settled.orders[n].lines[l].broken)
                return false;
    }
    return true;
}

/* ---- as files ---- */

static void write_person(igd_buf *out, const person *p, const char *comma)
{
    igd_buf_printf(out, "{age: %s%d", p->broken ? "no" : "", p->age);
    if (p->friend >= 0)
        igd_buf_printf(out, ", friend: p%d", p->friend);
    igd_buf_puts(out, ", tags: [");
    for (int n = 0; n < 2; n++)
        if (p->tags[n] >= 0)
            igd_buf_printf(out, "l%d,", p->tags[n]);
    igd_buf_printf(out, "]}%s", comma);
}

static void write_people(shop *s, const world *w)
{
    IGD_CLEANUP(igd_buf)
    igd_buf all = IGD_BUF_INIT;
    for (int n = 0; n < PEOPLE; n++) {
        if (!w->people[n].there)
            continue;
        if (w->people_in_one_file) {
            igd_buf_printf(&all, "p%d: ", n);
            write_person(&all, &w->people[n], "\n");
            continue;
        }
        IGD_CLEANUP(igd_buf)
        igd_buf one = IGD_BUF_INIT;
        write_person(&one, &w->people[n], "\n");
        put(s, igd_arena_printf(s->mem, "people/$records/p%d.yaml", n).ptr, one.ptr);
    }
    if (all.len > 0)
        put(s, "people/people.yaml", all.ptr);
}

static void write_labels(shop *s, const world *w)
{
    IGD_CLEANUP(igd_buf)
    igd_buf all = IGD_BUF_INIT;
    for (int n = 0; n < LABELS; n++) {
        const label *l = &w->labels[n];
        if (!l->there)
            continue;
        igd_buf_printf(&all, "l%d: {title: t%d", n, l->title);
        if (l->broken)
            igd_buf_puts(&all, ", undeclared: 1");
        if (l->above >= 0)
            igd_buf_printf(&all, ", above: l%d", l->above);
        igd_buf_puts(&all, "}\n");
    }
    if (all.len > 0)
        put(s, "labels/labels.yaml", all.ptr);
}

static void write_order(shop *s, const order *o, int number)
{
    IGD_CLEANUP(igd_buf)
    igd_buf all = IGD_BUF_INIT;
    if (o->there)
        put(s, igd_arena_printf(s->mem, "orders/$records/o%d.yaml", number).ptr,
            igd_arena_printf(s->mem, "%s: p%d\n", o->broken ? "owners" : "owner", o->owner).ptr);
    if (o->tax)
        put(s, igd_arena_printf(s->mem, "orders/$records/o%d/taxes/$records/t.yaml", number).ptr,
            "rate: 0.5\n");
    for (int n = 0; n < LINES; n++) {
        const line *l = &o->lines[n];
        if (!l->there)
            continue;
        igd_buf_printf(&all, "n%d: {count: %s%d", n, l->broken ? "no" : "", l->count);
        if (l->label >= 0)
            igd_buf_printf(&all, ", label: l%d", l->label);
        igd_buf_puts(&all, "}\n");
    }
    if (all.len > 0)
        put(s, igd_arena_printf(s->mem, "orders/$records/o%d/lines/lines.yaml", number).ptr,
            all.ptr);
}

/* Commits the world and nothing else. */
IGD_UNUSED static const char *commit_world(shop *s, const world *w)
{
    static const char *const tops[] = {"people", "labels", "orders"};
    for (size_t n = 0; n < IGD_COUNT(tops); n++)
        repo_delete(s->b, tops[n]);
    define_shop(s);
    define(s, "people",
           igd_arena_printf(s->mem,
                            "%scolumns:\n  age: {type: int}\n  friend: {type: string%s}\n"
                            "  tags: {type: '[]string', foreign_key: labels}\n%s",
                            w->people_in_one_file ? MAP_FILE("people.yaml") : ONE_RECORD,
                            w->free_friends ? "" : ", foreign_key: people",
                            w->more_columns ? "  more: {type: string}\n" : "")
               .ptr);
    write_people(s, w);
    write_labels(s, w);
    for (int n = 0; n < ORDERS; n++)
        write_order(s, &w->orders[n], n);
    return commit(s);
}

#endif
