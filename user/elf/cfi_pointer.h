/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_CFI_POINTER_H
#define HOSTPROF_ELF_CFI_POINTER_H
/*
 * Addresses as exception tables encode them (DW_EH_PE_*): a format in the low four bits, in the
 * next three what they are relative to. Private to cfi*.c.
 */
#include "elf/cfi_input.h"

enum cfi_encoding {
	CFI_PE_ABSPTR = 0x00,
	CFI_PE_ULEB128 = 0x01,
	CFI_PE_UDATA2 = 0x02,
	CFI_PE_UDATA4 = 0x03,
	CFI_PE_UDATA8 = 0x04,
	CFI_PE_SLEB128 = 0x09,
	CFI_PE_SDATA2 = 0x0a,
	CFI_PE_SDATA4 = 0x0b,
	CFI_PE_SDATA8 = 0x0c,
	CFI_PE_FORMAT = 0x0f,
	CFI_PE_PCREL = 0x10,
	CFI_PE_TEXTREL = 0x20, /* to 0: x86-64 has no text base */
	CFI_PE_DATAREL = 0x30,
	CFI_PE_RELATIVE = 0x70,
	CFI_PE_INDIRECT = 0x80, /* the address of the address: known to the running program only */
	CFI_PE_OMIT = 0xff,
};

/*
 * Reads one address. `vaddr` is that of the byte at `bytes`; `data` is what CFI_PE_DATAREL adds, 0
 * when unknown (then refused). False, with *ret_value untouched, for what cannot be known.
 */
static inline bool cfi_pointer_read(struct cfi_input *in, uint8_t encoding, uint64_t vaddr,
				    const uint8_t *bytes, uint64_t data, uint64_t *ret_value)
{
	uint64_t base = 0, value;

	switch (encoding & CFI_PE_RELATIVE) {
	case CFI_PE_ABSPTR:
	case CFI_PE_TEXTREL: break;
	case CFI_PE_PCREL: base = vaddr + (uint64_t)(in->at - bytes); break;
	case CFI_PE_DATAREL:
		if (!data)
			return false;
		base = data;
		break;
	default: return false; /* aligned, or relative to the function: not in unwind tables */
	}
	switch (encoding & CFI_PE_FORMAT) {
	case CFI_PE_ABSPTR:
	case CFI_PE_UDATA8:
	case CFI_PE_SDATA8: value = input_word(in, 8); break;
	case CFI_PE_UDATA4: value = input_word(in, 4); break;
	case CFI_PE_UDATA2: value = input_word(in, 2); break;
	case CFI_PE_SDATA4: value = (uint64_t)input_signed(in, 4); break;
	case CFI_PE_SDATA2: value = (uint64_t)input_signed(in, 2); break;
	case CFI_PE_ULEB128: value = input_uleb(in); break;
	case CFI_PE_SLEB128: value = (uint64_t)input_sleb(in); break;
	default: return false;
	}
	if (in->bad || (encoding & CFI_PE_INDIRECT))
		return false;
	*ret_value = base + value;
	return true;
}

#endif
