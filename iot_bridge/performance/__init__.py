"""How well the alarm system itself does, as ISA-18.2 clause 16 (IEC 62682 clause 16) and EEMUA 191 ask."""
