"""Lists that rules ask, such as the qualifications that are recognised: loaded as the register is."""
