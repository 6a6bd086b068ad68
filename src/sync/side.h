/*
 * A side of the spine: everything that is known of a source at one commit before its records are
 * read. The new side is where a run goes, the old one where the target is.
 *
 * Slots number the collections of a side in the order of its schema: what is referred to comes
 * first. Behind them are those that are not selected and that selected ones refer to: their keys
 * are read to decide about references, and nothing else is done with them.
 *
 * Everything lives in the arena given to igd_side_load and is read-only afterwards, so that
 * threads can share it.
 */
#ifndef IGD_SYNC_SIDE_H
#define IGD_SYNC_SIDE_H

#include "ingitdb/records.h"
#include "schema/mapping.h"
#include "sync/selection.h"

/* One thing that a row refers to. */
typedef struct igd_reference {
    size_t target;   /* slot of the collection that is referred to; one below `reach` */
    uint32_t column; /* first column of the reference in the row */
    uint32_t count;  /* columns: 1, or all of the ancestors' keys for a parent */
    bool list;       /* a JSON list of keys (D26) */
    bool parent;     /* to the parent record: a row without it is an orphan */
    igd_str field;   /* for messages */
} igd_reference;

typedef struct igd_slot {
    const igd_definition *definition;
    const igd_table *table;
    const igd_record_reader *reader;
    igd_reference *references;
    size_t reference_count;
} igd_slot;

typedef struct igd_side {
    igd_database *database;
    igd_schema schema;
    igd_slot *slots;
    size_t slot_count;
    size_t reach; /* slots and those behind them that are only looked at */
    igd_capacity capacity;
    igd_chosen chosen; /* what the selection comes to, here and in the target */
} igd_side;

/* What becomes of references where not everything is selected. */
typedef enum igd_links {
    /* Foreign keys to tables that are neither selected nor in the target are left out, with a
     * warning. */
    IGD_LINKS_WANTED,
    IGD_LINKS_RECORDED, /* only foreign keys that the target is said to have */
    IGD_LINKS_NONE,     /* nobody asks: slots have no references */
} igd_links;

/* What of a commit a side is made of. */
typedef struct igd_scope {
    const igd_selection *selection;
    igd_str_list also;          /* collections that are part of it in any case */
    const igd_chosen *only;     /* instead of a selection */
    const igd_schema *recorded; /* all tables of the source in the target; NULL: there is none */
    igd_links links;
} igd_scope;

/*
 * Loads definitions and maps them. Schema errors go to problems and make the call fail with
 * IGD_E_SCHEMA (the error counts them). `strict` turns warnings into errors first.
 */
IGD_MUST_CHECK int igd_side_load(igd_repo *repo, const igd_commit *commit,
                                 const igd_mapping *mapping, bool strict, igd_arena *mem,
                                 igd_problems *problems, igd_side *out, igd_error *err);

/* The same for a part of the collections. What is wrong with the others is left out, unless
 * selected ones refer to them. IGD_E_USAGE: see igd_selection_choose. */
IGD_MUST_CHECK int igd_side_load_part(igd_repo *repo, const igd_commit *commit,
                                      const igd_scope *scope, const igd_mapping *mapping,
                                      bool strict, igd_arena *mem, igd_problems *problems,
                                      igd_side *out, igd_error *err);
void igd_side_free(igd_side *side); /* what is not the arena's; an empty side is fine */
IGD_DEFINE_CLEANUP(igd_side, igd_side_free)

/* Slot of the collection with that id, or -1. */
ptrdiff_t igd_side_slot(const igd_side *side, igd_str collection);

#endif
