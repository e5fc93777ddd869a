"""The heart of the house: the campaign definition store and its rules.

Pure rules (`definition`, `wording`, `timing`, `states`, `checks`, `sampling`) know no database, clock or network.
The writers (`planning`, `participation`, `approval`, `deliveries`, `holds`, ...) take a session first and leave
the commit to whoever opened it. Nothing here talks to a platform; that is what `connectors` and `workers` are for.
"""
