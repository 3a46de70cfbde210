using System.Text.Json;

namespace KmsTools.Endpoint;

/// <summary>Every published answer of AWS, as a signed call.</summary>
[OnEveryStore]
public sealed class AnswersOfAwsTests(AnswersOfAws aws) : IClassFixture<AnswersOfAws>
{
    public static TheoryData<int, string> Answers =>
        [.. AnswersOfAws.Rows.Select(static (row, index) => (index, row.GetProperty("operation").GetString()!))];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Call_ThatWasMeasured_IsAnsweredAsByAws(int index, string operation)
    {
        JsonElement row = AnswersOfAws.Rows[index];
        string? code = AnswersOfAws.Text(row, "code");

        (int status, string? actualCode, string? message) = await aws.CallAsync(row);

        Assert.Equal((operation, code is null ? 200 : 400, code), (operation, status, actualCode));
        if (AnswersOfAws.Text(row, "message") is { } expected)
        {
            Assert.Equal(aws.Fill(expected), message ?? "");
        }
    }
}
