module gwc/tests/zap

go 1.24

require github.com/luxfi/zap v0.2.0
