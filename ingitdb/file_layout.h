/*
 * Where the files of a collection are, as steps from the database's root tree: names, an ancestor's
 * key, parts of the file name template.
 *
 *   root collection   <data_dir> / [$records] / <template>
 *   subcollection     <what leads to the parent's records> / <parent key> / <name> / [$records] /
 *                     <template>
 *
 * $records is there when the collection's own template has {key}, and is not doubled when the
 * template begins with it (D7).
 */
#ifndef IGD_INGITDB_FILE_LAYOUT_H
#define IGD_INGITDB_FILE_LAYOUT_H

#include "ingitdb/file_template.h"
#include "ingitdb/files.h"

#define IGD_RECORDS_DIR "$records"

typedef enum igd_step_kind {
    IGD_STEP_NAME,     /* exactly this entry */
    IGD_STEP_ANCESTOR, /* a directory for each key of an ancestor */
    IGD_STEP_PART,     /* what matches a part of the template; the last one is the file */
} igd_step_kind;

typedef struct igd_step {
    igd_step_kind kind;
    igd_str name;           /* NAME */
    igd_template_part part; /* PART; ANCESTOR: the part beside the directories that the parent's own
                               files match, without keys when there is none */
} igd_step;

typedef struct igd_layout {
    igd_str_list prefix; /* the parts of data_dir */
    IGD_LIST(igd_step) steps;
} igd_layout;

typedef enum igd_layout_rule {
    IGD_LAYOUT_OURS,
    IGD_LAYOUT_DALGO, /* D10: records of ancestors are not below $records/ */
} igd_layout_rule;

/* IGD_E_SCHEMA when the template or the nesting exceeds our limits. Lives in mem, with views of the
 * definition. */
IGD_MUST_CHECK int igd_layout_make(const igd_definition *definition, igd_layout_rule rule,
                                   igd_arena *mem, igd_layout *out, igd_error *err);

/* igd_files_walk by one rule (files_walk.c). */
IGD_MUST_CHECK int igd_files_walk_by(const igd_walk *walk, igd_layout_rule rule, igd_error *err);

/* The base name without its last extension: the key of a single record in a file of a fixed name.
 */
igd_str igd_file_stem(igd_str name);

#endif
