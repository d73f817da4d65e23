-- wrk: posts the requests of a file, one after the other, each once. Argument: the file; before each request stand eight
-- digits, its length in bytes. When the file ends wrk stops.
local file

function init(arguments)
  file = assert(io.open(arguments[1], "rb"))
end

local last

function request()
  local length = file:read(8)
  if not length then
    wrk.thread:stop()
    return last
  end
  last = file:read(tonumber(length))
  return last
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), failed.status + failed.connect + failed.read + failed.write + failed.timeout))
end
