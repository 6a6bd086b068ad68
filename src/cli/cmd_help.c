/*
 * help and version.
 */
#include "cli/command.h"

int igd_cmd_help(igd_invocation *invocation, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    const igd_command *command = NULL;
    size_t at = 0;
    if (invocation->operand_count > 0 && strcmp(invocation->operands[0], "migrate") == 0)
        at = 1;
    if (at < invocation->operand_count) {
        command = igd_command_find(invocation->operands[at]);
        if (!command) {
            (void)igd_fail(err, IGD_E_USAGE, "there is no command '%s'", invocation->operands[at]);
            return igd_hint(err, "see ingitdb-go help");
        }
    }
    if (invocation->settings.format == IGD_FORMAT_MARKDOWN)
        igd_help_markdown(&text);
    else
        igd_help_text(command, &text);
    invocation->report.text = igd_arena_cstr(invocation->mem, igd_buf_view(&text));
    return IGD_OK;
}

int igd_cmd_version(igd_invocation *invocation, igd_error *err IGD_UNUSED)
{
    invocation->report.text = "ingitdb-go migrate " IGD_VERSION "\n";
    return IGD_OK;
}
