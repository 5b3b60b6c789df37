"""The main job, told to a newcomer: a co-op of invented people, over real HTTP."""
