-- wrk: posts orders of which no two are alike. Arguments: file with the order's template, API key, first serial.
-- In the template @N@ stands for the serial (number, street number, phone).
local pieces, serial, headers = {}, 0, {}

function init(arguments)
  local file = assert(io.open(arguments[1]))
  local text = file:read("*a")
  file:close()
  local from = 1
  while true do
    local first, last = text:find("@N@", from, true)
    if not first then break end
    pieces[#pieces + 1] = text:sub(from, first - 1)
    from = last + 1
  end
  pieces[#pieces + 1] = text:sub(from)
  headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. arguments[2] }
  serial = tonumber(arguments[3])
end

function request()
  serial = serial + 1
  return wrk.format("POST", "/v1/orders", headers, table.concat(pieces, string.format("%08d", serial)))
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), failed.status + failed.connect + failed.read + failed.write + failed.timeout))
end
