"""What master data and the past know: customers, places, goods, lessons."""
