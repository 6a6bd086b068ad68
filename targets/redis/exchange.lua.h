/*
 * The scripts of all writes. Each write is a MessagePack array of six:
 *
 *     what may be there   "*" anything, "-" nothing, "=" a text: {text},
 *                         "!" another type of value than {type},
 *                         "h" a hash: {names}, {texts; false: not there}
 *     what is to be       "-" nothing, "=" a text: {text},
 *                         "h" a hash: {fields to be set: name, text, ...}, {names of those that go}
 *
 * A script returns -2 when the lock is somebody else's, -1 when the fence is otherwise, -3 when it
 * is too late, else the numbers of the keys that are otherwise, which stay as they are. Lists are
 * taken in pieces: unpack() has little room.
 */
#ifndef IGD_TARGETS_REDIS_EXCHANGE_LUA_H
#define IGD_TARGETS_REDIS_EXCHANGE_LUA_H

/* What all scripts do it with (those of scripts' lines, too: targets/redis/script.c). */
#define IGD_REDIS_FUNCTIONS                                                 \
    "local function each(list, use)\n"                                      \
    "  for at = 1, #list, 1000 do\n"                                        \
    "    if not use(at, math.min(at + 999, #list)) then return false end\n" \
    "  end\n"                                                               \
    "  return true\n"                                                       \
    "end\n"                                                                 \
    "local function get(key)\n"                                             \
    "  local got = redis.pcall('GET', key)\n"                               \
    "  if type(got) == 'table' then return nil, true end\n"                 \
    "  return got, false\n"                                                 \
    "end\n"                                                                 \
    "local function is(key, kind, a, b)\n"                                  \
    "  if kind == '*' then return true end\n"                               \
    "  if kind == '-' then return redis.call('EXISTS', key) == 0 end\n"     \
    "  if kind == '=' then return get(key) == a end\n"                      \
    "  local there = redis.call('TYPE', key).ok\n"                          \
    "  if kind == '!' then return there ~= 'none' and there ~= a end\n"     \
    "  if there ~= 'hash' then return false end\n"                          \
    "  return each(a, function(from, to)\n"                                 \
    "    local got = redis.call('HMGET', key, unpack(a, from, to))\n"       \
    "    for n = from, to do\n"                                             \
    "      if got[n - from + 1] ~= b[n] then return false end\n"            \
    "    end\n"                                                             \
    "    return true\n"                                                     \
    "  end)\n"                                                              \
    "end\n"                                                                 \
    "local function put(key, kind, a, b, fresh)\n"                          \
    "  if fresh or kind == '-' then redis.call('DEL', key) end\n"           \
    "  if kind == '-' then return end\n"                                    \
    "  if kind == '=' then redis.call('SET', key, a) return end\n"          \
    "  each(a, function(from, to)\n"                                        \
    "    redis.call('HSET', key, unpack(a, from, to)) return true end)\n"   \
    "  each(b, function(from, to)\n"                                        \
    "    redis.call('HDEL', key, unpack(b, from, to)) return true end)\n"   \
    "end\n"

#define IGD_REDIS_LUA_WRITES(key, arg)                                 \
    "local others = {}\n"                                              \
    "for n = " #key ", #KEYS do\n"                                     \
    "  local w = cmsgpack.unpack(ARGV[n + " #arg " - " #key "])\n"     \
    "  if is(KEYS[n], w[1], w[2], w[3]) then\n"                        \
    "    local fresh = w[4] == 'h' and (w[1] == '=' or w[1] == '!')\n" \
    "    put(KEYS[n], w[4], w[5], w[6], fresh)\n"                      \
    "  else\n"                                                         \
    "    others[#others + 1] = n - " #key " + 1\n"                     \
    "  end\n"                                                          \
    "end\n"                                                            \
    "return others\n"

/* On a server of its own. KEYS: the lock, the fence, then a key for each write. ARGV: the holder,
 * milliseconds of the lease, "1" when a lock that is gone may be taken again, the fence ("*" none,
 * "-" nothing may be there, "=" and its bytes), then the writes. */
#define IGD_REDIS_EXCHANGE                                                       \
    IGD_REDIS_FUNCTIONS                                                          \
    "local mine = get(KEYS[1])\n"                                                \
    "if mine ~= ARGV[1] and (mine or ARGV[3] ~= '1') then return -2 end\n"       \
    "if not is(KEYS[2], ARGV[4]:sub(1, 1), ARGV[4]:sub(2)) then return -1 end\n" \
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n" IGD_REDIS_LUA_WRITES(3, 5)

/* In a cluster. KEYS: the slot's fence, then a key for each write. ARGV: the epoch, the time until
 * which it may be done, then the writes. */
#define IGD_REDIS_EXCHANGE_IN_SLOT                                                                \
    IGD_REDIS_FUNCTIONS                                                                           \
    "local fence = tonumber(get(KEYS[1]) or '0')\n"                                               \
    "if not fence or fence > tonumber(ARGV[1]) then return -1 end\n"                              \
    "local now = redis.call('TIME')\n"                                                            \
    "if now[1] * 1000000 + now[2] > tonumber(ARGV[2]) then return -3 end\n" IGD_REDIS_LUA_WRITES( \
        2, 3)

#endif
