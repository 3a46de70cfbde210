using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace KmsTools.Endpoint.Sharing;

/// <summary>
/// Something in the store that one worker changes, from number to number, and all read. What may be read follows from what was answered
/// before, and from what had begun.
/// </summary>
internal abstract class SharedRegister(string name)
{
    private readonly ConcurrentQueue<(int Number, long Begun, long Ended)> _writes = new();
    private readonly ConcurrentQueue<(int Value, long Begun, long Ended, string Reader)> _reads = new();
    private int _number;

    /// <summary>Whether it is read as its number; otherwise, whether that is odd.</summary>
    protected virtual bool IsExact => false;

    /// <summary>Changes it, to the next number. A change that is not answered may be made or not, but no later than the next one.</summary>
    /// <returns>The answer.</returns>
    public async Task<SharedAnswer> WriteAsync(SharedNode node)
    {
        int number = ++_number;
        long begun = Stopwatch.GetTimestamp();
        SharedAnswer answer = await WriteAsync(node, number);
        _writes.Enqueue((number, begun, answer.Error is null ? Stopwatch.GetTimestamp() : long.MaxValue));
        return answer;
    }

    /// <summary>Reads it.</summary>
    public async Task<SharedAnswer> ReadAsync(SharedNode node)
    {
        long begun = Stopwatch.GetTimestamp();
        SharedAnswer answer = await AskAsync(node);
        long ended = Stopwatch.GetTimestamp();
        if (ValueOf(answer) is { } value)
        {
            _reads.Enqueue((value, begun, ended, node.Name));
            return answer with { Error = null };
        }

        return answer;
    }

    /// <summary>Every read that shows less than was answered before it, or more than had begun.</summary>
    public IEnumerable<string> FindViolations()
    {
        (int Number, long Begun, long Ended)[] writes = [.. _writes];
        (int Value, long Begun, long Ended, string Reader)[] reads = [.. _reads.OrderBy(static read => read.Begun)];
        foreach ((int value, long begun, long ended, string reader) in reads)
        {
            int least = writes.Where(write => write.Ended < begun).Select(static write => write.Number).DefaultIfEmpty(0).Max();
            int most = writes.Where(write => write.Begun < ended).Select(static write => write.Number).DefaultIfEmpty(0).Max();
            if (IsExact)
            {
                least = Math.Max(least, reads.Where(read => read.Ended < begun).Select(static read => read.Value).DefaultIfEmpty(0).Max());
            }

            bool isRight = IsExact ? value >= least && value <= most : most > least || value == least % 2;
            if (!isRight)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {reader} has read {value}, {least} was answered or read before it began, and {most} begun before it ended");
            }
        }
    }

    /// <summary>How often it was written and read.</summary>
    public (int Writes, int Reads) Counts => (_writes.Count, _reads.Count);

    /// <summary>Makes what is written and read.</summary>
    public abstract Task CreateAsync(SharedNode node);

    protected abstract Task<SharedAnswer> WriteAsync(SharedNode node, int number);

    protected abstract Task<SharedAnswer> AskAsync(SharedNode node);

    /// <summary>What an answer says; null for an error that says nothing about it.</summary>
    protected abstract int? ValueOf(SharedAnswer answer);

    protected static async Task<string> RequireKeyAsync(SharedNode node) => Require(await node.CreateKeyAsync()).Value!;

    protected static SharedAnswer Require(SharedAnswer answer)
    {
        Assert.True(answer.Error is null, $"{answer.Error}: {answer.Message}");
        return answer;
    }
}

/// <summary>The description of a key.</summary>
internal sealed class DescriptionRegister(string name) : SharedRegister(name)
{
    private string _keyId = "";

    protected override bool IsExact => true;

    public override async Task CreateAsync(SharedNode node) => _keyId = await RequireKeyAsync(node);

    protected override Task<SharedAnswer> WriteAsync(SharedNode node, int number) =>
        node.UpdateDescriptionAsync(_keyId, number.ToString(CultureInfo.InvariantCulture));

    protected override Task<SharedAnswer> AskAsync(SharedNode node) => node.DescribeAsync(_keyId);

    protected override int? ValueOf(SharedAnswer answer) => answer switch
    {
        { Error: not null } => null,
        { Value: null or "" } => 0,
        _ => int.Parse(answer.Value, CultureInfo.InvariantCulture),
    };
}

/// <summary>Whether a key is enabled: an encryption says so.</summary>
internal sealed class EnabledRegister(string name) : SharedRegister(name)
{
    private string _keyId = "";

    public override async Task CreateAsync(SharedNode node) => _keyId = await RequireKeyAsync(node);

    protected override Task<SharedAnswer> WriteAsync(SharedNode node, int number) => node.SetEnabledAsync(_keyId, number % 2 == 0);

    protected override Task<SharedAnswer> AskAsync(SharedNode node) => node.EncryptAsync(_keyId);

    protected override int? ValueOf(SharedAnswer answer) => answer.Error switch
    {
        null => 0,
        "DisabledException" => 1,
        _ => null,
    };
}

/// <summary>Which of two keys an alias stands for: an encryption says so.</summary>
internal sealed class AliasRegister(string name) : SharedRegister(name)
{
    private readonly string[] _keyIds = new string[2];
    private readonly string _alias = "alias/" + name;

    public override async Task CreateAsync(SharedNode node)
    {
        _keyIds[0] = await RequireKeyAsync(node);
        _keyIds[1] = await RequireKeyAsync(node);
        Require(await node.CreateAliasAsync(_alias, _keyIds[0]));
    }

    protected override Task<SharedAnswer> WriteAsync(SharedNode node, int number) => node.UpdateAliasAsync(_alias, _keyIds[number % 2]);

    protected override Task<SharedAnswer> AskAsync(SharedNode node) => node.EncryptAsync(_alias);

    protected override int? ValueOf(SharedAnswer answer) => answer.Error is null ? Array.IndexOf(_keyIds, answer.Value) : null;
}
