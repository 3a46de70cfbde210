using System.Text;
using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools;

/// <summary>Small texts that would become large, and large ones: what is read of them, and what is made of them, has limits.</summary>
public sealed class YamlBoundsTests
{
    private const string TooMuch =
        "Up to here, aliases repeat more than 16 MB of this file. Use fewer of them, or split the estate into several files.";

    private const int MaxBytes = 67_108_864;

    // What a text of some kilobytes may cost. Each of these texts cost several hundred megabytes, or much more, without limits.
    private const long MaxAllocated = 200_000_000;

    [Theory]
    [InlineData("keys")]
    [InlineData("policy")]
    public void Read_AliasesOfAliases_AreRefusedAtOnce(string where)
    {
        StringBuilder text = new(where == "keys" ? "keys:\n" : "keys:\n  - aliases: [alias/a]\n    policy:\n");
        text.Append("      a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 25; i++)
        {
            text.Append($"      a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        // a0 is 10 * 17 + 16 = 186, a4 is 1,877,776. The others have repeated 2,086,140 before a5 does: the eighth of its a4 is too much.
        EstateError error = Assert.Single(Costing(text.ToString()).Errors);
        Assert.Equal((where == "keys" ? 7 : 9, TooMuch), (error.Position.Line, error.Message));
    }

    [Fact]
    public void Read_PolicyOfManyParts_IsRefused()
    {
        Assert.Equal(
            "This policy is far too large.",
            Assert.Single(Costing($"keys: [{{ aliases: [alias/a], policy: {{ a: [{Repeated("x", 19_999)}] }} }}]").Errors).Message);
        Assert.DoesNotContain(
            "far too large",
            Costing($"keys: [{{ aliases: [alias/a], policy: {{ a: [{Repeated("x", 19_998)}] }}, x: 1 }}]").Message,
            StringComparison.Ordinal);
    }

    // A map of 12,000 entries with 6 + 1 characters is 12,000 * (6 + 16 + 1 + 16) + 16 = 468,016: 35 of them are below 16,777,216.
    [Theory]
    [InlineData(35, false)]
    [InlineData(36, true)]
    [InlineData(12_000, true)]
    public void Read_MergedMappings_HaveALimit(int count, bool isRefused)
    {
        string names = string.Join(", ", Enumerable.Range(0, 12_000).Select(static i => $"k{i:00000}: 1"));
        EstateException error = Costing($"x: &a {{{names}}}\nkeys: [{{ <<: [{Repeated("*a", count)}] }}]");
        if (isRefused)
        {
            Assert.Equal([new EstateError(new SourcePosition(2, 155), TooMuch)], error.Errors);
            return;
        }

        // No part has these members: 1,000 of the 12,001 errors are kept, 50 are shown.
        Assert.Equal(1000, error.Errors.Length);
        Assert.EndsWith("\n950 more errors are not shown.", error.Message.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    // A key is 16 + (7 + 16) + 16 + (7 + 16) + (4 + 16) + 16 + 3,000 * (5 + 16 + 1 + 16) = 114,114: 147 of them are below 16,777,216.
    [Theory]
    [InlineData(147, false)]
    [InlineData(148, true)]
    [InlineData(3000, true)]
    public void Read_KeyThatIsRepeated_HasALimit(int count, bool isRefused)
    {
        string tags = string.Join(", ", Enumerable.Range(0, 3000).Select(static i => $"t{i:0000}: v"));
        string text = $"keys:\n- &k {{ aliases: [alias/a], tags: {{{tags}}} }}\n"
            + string.Concat(Enumerable.Repeat("- *k\n", count));
        if (isRefused)
        {
            Assert.Equal([new EstateError(new SourcePosition(150, 3), TooMuch)], Costing(text).Errors);
            return;
        }

        using Estate estate = Read(text);
        Assert.Equal(count + 1, estate.Keys.Length);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    public void Read_LongTextThatIsRepeated_HasALimit(int count, bool isRefused)
    {
        string text = $"x: &t {new string('t', 1_048_561)}\nkeys: [{Repeated("*t", count)}]";
        Assert.Equal(isRefused, Costing(text).Errors is [{ Message: TooMuch, Position: { Line: 2, Column: 68 } }]);
    }

    [Fact]
    public void Read_ManySmallRepetitions_AreTaken()
    {
        string keys = string.Concat(Enumerable.Range(0, 5000).Select(static i => $"- {{ <<: *d, aliases: [alias/k{i}] }}\n"));
        using Estate estate = Read(
            "keys:\n- &d { aliases: [alias/first], tags: { team: shop, stage: test }, rotation: { enabled: true }, description: d }\n" + keys);
        Assert.Equal(5001, estate.Keys.Length);
        EstateKey last = estate.Keys[5000];
        Assert.Equal(("alias/k4999", "d", 2), (last.Name, last.Description!.Value, last.Tags.Length));
    }

    [Fact]
    public void Read_LongText_IsNotShown()
    {
        EstateException error = Refusal($"keys: [{{ enabled: \"{new string('x', 20_000_000)}\" }}]");
        Assert.Equal("'enabled' must be true or false.", Assert.Single(error.Errors).Message);
        error = Refusal($"keys: [{{ ? {new string('x', 20_000_000)}\n : 1 }}]");
        Assert.InRange(error.Message.Length, 1, 1100);
    }

    [Theory]
    [InlineData(MaxBytes, false)]
    [InlineData(MaxBytes + 1L, true)]
    [InlineData(long.MaxValue, true)]
    public void Read_SizeThatIsKnown_IsComparedBeforeAByteIsRead(long length, bool isRefused)
    {
        using CountedText text = new(length, "keys: []");
        if (isRefused)
        {
            EstateException error = Assert.Throws<EstateException>(() => new YamlEstateFormat().Read(text));
            Assert.Equal("(1,1): The file is larger than 64 MB.", error.Message);
            Assert.Equal(0, text.Count);
            return;
        }

        using Estate estate = new YamlEstateFormat().Read(text);
        Assert.Empty(estate.Keys);
    }

    [Fact]
    public void Read_SizeThatIsNotKnown_IsCountedWhileItIsRead()
    {
        using CountedText text = new(length: null, "# and so on ");
        EstateException error = Assert.Throws<EstateException>(() => new YamlEstateFormat().Read(text));
        Assert.Equal("(1,1): The file is larger than 64 MB.", error.Message);
        Assert.InRange(text.Count, MaxBytes + 1, MaxBytes + 65_536);
    }

    private static string Repeated(string item, int count) => string.Join(", ", Enumerable.Repeat(item, count));

    private static Estate Read(string text) => new YamlEstateFormat().Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static EstateException Refusal(string text) => Assert.Throws<EstateException>(() => Read(text));

    private static EstateException Costing(string text)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        EstateException error = Refusal(text);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocated);
        return error;
    }

    /// <summary>A file that claims a length, or a pipe without end, which gives a text again and again.</summary>
    private sealed class CountedText(long? length, string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public long Count { get; private set; }

        public override bool CanSeek => length is not null;

        public override long Length => length ?? throw new NotSupportedException();

        public override int Read(Span<byte> buffer)
        {
            int read = base.Read(buffer);
            if (read == 0 && length is null)
            {
                Position = 0;
                read = base.Read(buffer);
            }

            Count += read;
            return read;
        }
    }
}
