/*
 * CRC16 (polynomial 0x1021, nothing reflected), as the servers compute it.
 */
#include "targets/redis/slot.h"

#include <string.h>

static uint16_t table[256];

static void fill_table(void)
{
    for (unsigned n = 0; n < IGD_COUNT(table); n++) {
        unsigned crc = n << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
        table[n] = (uint16_t)crc;
    }
}

static uint16_t crc16(uint16_t crc, igd_str text)
{
    if (!table[1])
        fill_table();
    for (size_t n = 0; n < text.len; n++)
        crc = (uint16_t)(crc << 8) ^ table[(crc >> 8) ^ (unsigned char)text.ptr[n]];
    return crc;
}

bool igd_redis_hash_tag(igd_str key, igd_str *tag)
{
    ptrdiff_t open = igd_str_find(key, '{');
    if (open < 0)
        return false;
    igd_str rest = igd_str_sub(key, (size_t)open + 1, key.len);
    ptrdiff_t close = igd_str_find(rest, '}');
    if (close <= 0)
        return false;
    *tag = igd_str_sub(rest, 0, (size_t)close);
    return true;
}

unsigned igd_redis_slot(igd_str key)
{
    igd_str hashed = key;
    (void)igd_redis_hash_tag(key, &hashed);
    return crc16(0, hashed) % IGD_REDIS_SLOTS;
}

/* ---- names of every slot ---- */

static igd_str number_text(uint32_t number, char *room)
{
    char *at = room + 10;
    igd_str text = {at, 0};
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
        text = (igd_str){at, text.len + 1};
    } while (number);
    return text;
}

void igd_redis_slot_names(igd_str begins, uint32_t *numbers)
{
    igd_str tag;
    char room[10];
    if (igd_redis_hash_tag(begins, &tag)) { /* whatever follows */
        memset(numbers, 0, IGD_REDIS_SLOTS * sizeof(*numbers));
        return;
    }
    uint16_t crc = crc16(0, begins);
    memset(numbers, 0xFF, IGD_REDIS_SLOTS * sizeof(*numbers));
    for (uint32_t number = 0, left = IGD_REDIS_SLOTS; left > 0; number++) {
        unsigned slot = crc16(crc, number_text(number, room)) % IGD_REDIS_SLOTS;
        if (numbers[slot] == UINT32_MAX) {
            numbers[slot] = number;
            left--;
        }
    }
}
