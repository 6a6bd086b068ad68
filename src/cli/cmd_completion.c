/*
 * completion: prints the script that makes a shell complete our commands and options.
 */
#include "cli/completion.h"

int igd_cmd_completion(igd_invocation *invocation, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    const char *shell = invocation->operand_count ? invocation->operands[0] : "";
    void (*write)(igd_buf *) = igd_completion_find(shell);
    if (invocation->operand_count != 1 || !write) {
        if (invocation->operand_count > 1)
            (void)igd_fail(err, IGD_E_USAGE, "'%s' is one argument too many",
                           invocation->operands[1]);
        else
            (void)igd_fail(err, IGD_E_USAGE,
                           *shell ? "there is no completion for '%s'" : "no shell is named%s",
                           shell);
        return igd_hint(err, "it is: ingitdb-go completion bash, or zsh");
    }
    write(&text);
    invocation->report.text = igd_arena_cstr(invocation->mem, igd_buf_view(&text));
    return IGD_OK;
}
