-- Sends signed calls from a file, one after the other, and tells what wrk saw in one line.
--   argument 1: the file; four lines per call: x-amz-date, Authorization, X-Amz-Target (or the path), body
--   argument 2: where one answer in a hundred goes, a line each; without it answers are not looked at
-- Answers that are looked at must all be 200.
local requests, samples, position, answered, refused = {}, nil, 0, 0, 0

threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1]))
  while true do
    local date, authorization, target, body = file:read('*l'), file:read('*l'), file:read('*l'), file:read('*l')
    if not body then break end
    local headers = { ['X-Amz-Date'] = date, ['Authorization'] = authorization }
    local path = '/'
    if target:sub(1, 1) == '/' then
      path = target
      headers['Content-Type'] = 'application/json'
    else
      headers['Content-Type'] = 'application/x-amz-json-1.1'
      headers['X-Amz-Target'] = target
    end
    requests[#requests + 1] = wrk.format('POST', path, headers, body)
  end
  file:close()
  if args[2] then
    samples = assert(io.open(args[2], 'w'))
    response = function(status, _, body)
      answered = answered + 1
      if status ~= 200 then
        refused = refused + 1
        samples:write('refused ', status, ' ', body, '\n')
      elseif answered % 100 == 1 then
        samples:write(body, '\n')
      end
      if answered % 1000 == 0 then samples:flush() end
    end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  for _, thread in ipairs(threads) do failed = failed + (thread:get('refused') or 0) end
  io.write(string.format('RESULT %d %d %d %d %d %d %d\n', summary.requests, summary.duration, errors.status, failed,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
