/*
 * The fingerprint of a definition: equal for two definitions that read every file alike.
 */
#ifndef IGD_INGITDB_FINGERPRINT_H
#define IGD_INGITDB_FINGERPRINT_H

#include "ingitdb/database.h"

/* Of a definition whose foreign keys are resolved. Directories, titles, views and the order of
 * display do not count. */
igd_digest igd_definition_fingerprint(const igd_definition *definition);

#endif
