"""What happens by itself: messages go out, clocks run out, cards follow their case, and somebody watches."""
