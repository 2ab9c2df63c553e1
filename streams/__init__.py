"""Everything on the bus: the gateway, the site engine, the view writer."""
