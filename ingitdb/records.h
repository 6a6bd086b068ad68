/*
 * From a file's bytes to checked rows.
 *
 * A reader binds one definition to one table. It holds no state of a file, so that several threads
 * can use it, each with its own arena and problems. Whatever is wrong with a record is put into the
 * problems as an invalid record (or warning), and the record is left out; the rest of the file goes
 * on. A file that cannot be parsed is one invalid entry, with `unreadable` set in the result.
 * What is checked: parsing, types (D11, D12, D19, D21), undeclared fields (D20), required, enum,
 * bounds, lengths, duplicate keys, NUL bytes (D10b). References are not: they are global
 * (src/sync/validity.h).
 */
#ifndef IGD_INGITDB_RECORDS_H
#define IGD_INGITDB_RECORDS_H

#include "ingitdb/database.h"
#include "schema/capacity.h"
#include "schema/row.h"

typedef struct igd_record_reader igd_record_reader;

/* The table must have been made from this definition (schema/mapping.h). Records that `capacity`
 * has no room for are invalid; NULL: all can be held. Lives in mem. */
igd_record_reader *igd_record_reader_new(const igd_definition *definition, const igd_table *table,
                                         const igd_capacity *capacity, igd_arena *mem);

typedef struct igd_record_file {
    igd_str bytes;
    igd_str path;
    const igd_str *ancestors;
    igd_str key; /* one record a file; else empty */
} igd_record_file;

typedef struct igd_record {
    const igd_value *row;
    uint32_t line; /* where it starts in the file */
} igd_record;

typedef struct igd_records {
    igd_record *items; /* in file order, keys unique within the file */
    size_t len, cap;
    bool unreadable;
    /* Rows of multi-record files whose key could be read though the record is invalid: they are not
     * "deleted". Keys as rows with only the key columns set. */
    igd_record *invalid;
    size_t invalid_len, invalid_cap;
} igd_records;

/* Never fails: what is wrong is in problems. Rows live in mem; they may view file->bytes. */
void igd_records_read(const igd_record_reader *reader, const igd_record_file *file, igd_arena *mem,
                      igd_problems *problems, igd_records *out);

/* A record as this definition reads it, valid or not: its key (igd_key_digest), and a digest that
 * is the same for two versions with the same values. */
typedef void igd_record_digest_callback(igd_digest key, igd_digest content, void *payload);

/* The records of a file, to tell versions of it apart. Records without a key are left out. False
 * when the file cannot be parsed. */
bool igd_records_digest(const igd_record_reader *reader, const igd_record_file *file,
                        igd_arena *mem, igd_record_digest_callback *callback, void *payload);

/* The version of all that is decided between a blob and a row. Counted up when a change of this
 * program can read the same blob differently: collections are then compared in full. */
#define IGD_READER_VERSION 1

#endif
