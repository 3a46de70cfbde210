namespace KmsTools.Estates;

public sealed class EstateExceptionTests
{
    [Theory]
    [InlineData(50, null)]
    [InlineData(51, "One more error is not shown.")]
    [InlineData(52, "2 more errors are not shown.")]
    [InlineData(3000, "2950 more errors are not shown.")]
    public void Message_ManyErrors_ShowsFifty(int count, string? last)
    {
        EstateException error = new(Enumerable.Range(1, count).Reverse().Select(static line => new EstateError(new(line, 2), "wrong")));
        Assert.Equal(count, error.Errors.Length);
        foreach ((string message, string file) in new[] { (error.Message, ""), (error.Describe("estate.yaml"), "estate.yaml") })
        {
            string[] lines = message.Split(Environment.NewLine);
            Assert.Equal(last is null ? 50 : 51, lines.Length);
            Assert.Equal((file + "(1,2): wrong", file + "(50,2): wrong"), (lines[0], lines[49]));
            Assert.Equal(last ?? file + "(50,2): wrong", lines[^1]);
        }
    }

    [Theory]
    [InlineData(1000, 0, 1000, "")]
    [InlineData(1001, 0, 1000, "...")]
    [InlineData(20_000_000, 0, 1000, "...")]
    [InlineData(999, 1, 999, "...")]
    [InlineData(998, 1, 998, "\U0001F511")]
    public void Message_LongError_ShowsAThousandCharacters(int letters, int keys, int shown, string rest)
    {
        string text = new string('x', letters) + string.Concat(Enumerable.Repeat("\U0001F511", keys));
        EstateException error = new([new EstateError(new(3, 4), text)]);
        Assert.Equal("(3,4): " + new string('x', shown) + rest, error.Message);
        Assert.Equal(text, error.Errors[0].Message);
    }
}
