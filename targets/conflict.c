/*
 * Words for decisions.
 */
#include "targets/conflict.h"

const char *igd_decision_word(igd_decision decision)
{
    static const char *const words[] = {
        [IGD_OVERWRITTEN] = "overwritten", [IGD_KEPT] = "kept", [IGD_DELETED] = "deleted"};
    return words[decision];
}
