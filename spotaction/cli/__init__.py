"""The command line `spotaction`: its flags are the inputs of the action, and its engine is the action's."""
