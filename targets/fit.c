/*
 * What a target's limits and its engine make of a mapping and of a plan.
 */
#include "targets/target.h"

void igd_target_fit_mapping(const igd_target *target, igd_mapping *mapping)
{
    const igd_target_limits *limits = &target->limits;
    mapping->identifier_bytes = limits->identifier_bytes;
    mapping->names_in_rows = !(target->caps & IGD_CAP_SCHEMA);
    mapping->layout = target->layout;
    mapping->capacity = (igd_capacity){.target = target->driver->name,
                                       .key_bytes = limits->key_bytes,
                                       .value_bytes = limits->value_bytes,
                                       .row_bytes = limits->row_bytes,
                                       .unsupported = limits->unsupported};
}

static void weigh(const igd_target *target, const igd_plan *plan, const igd_op_list *ops)
{
    for (size_t n = 0; n < ops->len; n++)
        target->driver->risk(target, plan, &ops->items[n]);
}

void igd_target_fit_plan(const igd_target *target, const igd_plan *plan)
{
    if (!target->driver->risk)
        return;
    weigh(target, plan, &plan->expand);
    weigh(target, plan, &plan->contract);
    for (size_t n = 0; n < plan->table_count; n++) {
        weigh(target, plan, &plan->tables[n].expand);
        weigh(target, plan, &plan->tables[n].contract);
    }
}
