/*
 * What a line of a script runs, by EVAL (kv/script.h). KEYS: the row of the state, then a key for
 * each write. ARGV: what that row has to be ("*" anything, "-" not there, "=" and the text, "@" and
 * the commit that it says is synced), what it becomes ("*" it stays, "-" it goes, "=" and the
 * text), a channel and what is published on it, and then of each write what has to be there and
 * what is to be:
 *
 *     "*"    anything         "-"  nothing          "=TEXT"  a text
 *     "hN,M" a hash: N names and texts follow, then M names of fields that are not there, or go
 *
 * All of it is looked at before anything is written. A request that was carried out by the same
 * script before does nothing: then the row is the script's mark, behind this step or a later one.
 */
#ifndef IGD_TARGETS_REDIS_REQUEST_LUA_H
#define IGD_TARGETS_REDIS_REQUEST_LUA_H

#include "targets/redis/exchange.lua.h"

#define IGD_REDIS_REQUEST                                                                       \
    IGD_REDIS_FUNCTIONS                                                                         \
    "local at = 4\n"                                                                            \
    "local function word() at = at + 1 return ARGV[at] end\n"                                   \
    "local function wanted()\n"                                                                 \
    "  local head = word()\n"                                                                   \
    "  local set, gone = head:match('^h(%d+),(%d+)$')\n"                                        \
    "  if not set then return head:sub(1, 1), head:sub(2) end\n"                                \
    "  local names, texts = {}, {}\n"                                                           \
    "  for n = 1, tonumber(set) do names[n] = word() texts[n] = word() end\n"                   \
    "  for n = set + 1, set + gone do names[n] = word() texts[n] = false end\n"                 \
    "  return 'h', names, texts\n"                                                              \
    "end\n"                                                                                     \
    "local function value()\n"                                                                  \
    "  local kind, names, texts = wanted()\n"                                                   \
    "  if kind ~= 'h' then return {kind, names} end\n"                                          \
    "  local set, gone = {}, {}\n"                                                              \
    "  for n = 1, #names do\n"                                                                  \
    "    if texts[n] then set[#set + 1] = names[n] set[#set + 1] = texts[n]\n"                  \
    "    else gone[#gone + 1] = names[n] end\n"                                                 \
    "  end\n"                                                                                   \
    "  return {kind, set, gone}\n"                                                              \
    "end\n"                                                                                     \
    "local function mark(row)\n"                                                                \
    "  local fine, state = pcall(cjson.decode, row or '')\n"                                    \
    "  if not fine or type(state) ~= 'table' or not state.goal_commit_id then return end\n"     \
    "  local step = tostring(state.last_error):match('behind step (%d+)')\n"                    \
    "  return tostring(state.run_id) .. tostring(state.goal_commit_id), tonumber(step) or 0\n"  \
    "end\n"                                                                                     \
    "local function starts()\n"                                                                 \
    "  local kind, text = ARGV[1]:sub(1, 1), ARGV[1]:sub(2)\n"                                  \
    "  if kind ~= '@' then return is(KEYS[1], kind, text) end\n"                                \
    "  local fine, state = pcall(cjson.decode, get(KEYS[1]) or '')\n"                           \
    "  return fine and type(state) == 'table' and state.commit_id == text and "                 \
    "not state.goal_commit_id\n"                                                                \
    "end\n"                                                                                     \
    "if not starts() then\n"                                                                    \
    "  local ours, step = mark(ARGV[2]:sub(2))\n"                                               \
    "  local found, reached = mark(get(KEYS[1]))\n"                                             \
    "  if ours and ours == found and reached >= step then\n"                                    \
    "    return redis.status_reply('done before')\n"                                            \
    "  end\n"                                                                                   \
    "  return redis.error_reply('INGITDB_STATE the target does not hold what this line of the " \
    "script starts from: nothing was changed')\n"                                               \
    "end\n"                                                                                     \
    "local new = {}\n"                                                                          \
    "for n = 2, #KEYS do\n"                                                                     \
    "  local kind, a, b = wanted()\n"                                                           \
    "  if not is(KEYS[n], kind, a, b) then\n"                                                   \
    "    return redis.error_reply('INGITDB_KEY ' .. KEYS[n] .. ' is not as it was when the "    \
    "script was generated: this line and those behind it change nothing')\n"                    \
    "  end\n"                                                                                   \
    "  new[n] = value()\n"                                                                      \
    "end\n"                                                                                     \
    "for n = 2, #KEYS do put(KEYS[n], new[n][1], new[n][2], new[n][3]) end\n"                   \
    "if ARGV[2] ~= '*' then put(KEYS[1], ARGV[2]:sub(1, 1), ARGV[2]:sub(2)) end\n"              \
    "if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[3], ARGV[4]) end\n"                       \
    "return redis.status_reply('OK')\n"

#endif
