/*
 * Foreign keys of definitions: from what is written to the id of a root collection.
 * Rules: docs/format.md, "Foreign keys".
 */
#ifndef IGD_INGITDB_REFERENCES_H
#define IGD_INGITDB_REFERENCES_H

#include "ingitdb/definition_tree.h"

/* Resolves the references of all definitions against the declared root collections, also those that
 * cannot be used: a mistake there is reported there. What leads nowhere makes the collection
 * unusable. */
void igd_references_resolve(const igd_definition_tree *tree, const igd_declared_list *declared);

#endif
