"""Films for `goodfences bench hub`: real people of a real recording, on photographs of real places, at known times.

`walkers` cuts people out of the recording, `plan` decides who walks where and when, `filming` makes the films.
All material is Debian's `opencv-doc`. People, places and leaves of the films that the watching is tuned on are none
of those that it is measured on.
"""
