using System.Collections;
using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Endpoint;

/// <summary>
/// U+0000, which a text of JSON may contain and one of a database not: whatever the store is, it is kept where the API lets it pass, and
/// otherwise refused as any other text is.
/// </summary>
[OnEveryStore]
public sealed class ControlCharacterTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    // As it is in a body, and as it is.
    private const string Escaped = @"a\u0000b\u0001c\u00010";
    private const string Text = "a\0b\u0001c\u00010";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DescriptionAndTags_WithControlCharacters_ComeBack()
    {
        string keyId = (await OkAsync(
            "CreateKey", $$"""{"Description":"{{Escaped}}","Tags":[{"TagKey":"{{Escaped}}","TagValue":"{{Escaped}}"}]}"""))
            .GetProperty("KeyMetadata").GetProperty("KeyId").GetString()!;
        Assert.Equal(Text, await DescriptionAsync(keyId));
        JsonElement tag = (await OkAsync("ListResourceTags", $$"""{"KeyId":"{{keyId}}"}""")).GetProperty("Tags")[0];
        Assert.Equal((Text, Text), (tag.GetProperty("TagKey").GetString(), tag.GetProperty("TagValue").GetString()));

        await OkAsync("UpdateKeyDescription", $$"""{"KeyId":"{{keyId}}","Description":"\u0000"}""");
        await OkAsync("UntagResource", $$"""{"KeyId":"{{keyId}}","TagKeys":["{{Escaped}}"]}""");

        Assert.Equal("\0", await DescriptionAsync(keyId));
        Assert.Empty((await OkAsync("ListResourceTags", $$"""{"KeyId":"{{keyId}}"}""")).GetProperty("Tags").EnumerateArray());
        EventQuery query = new() { EventName = "UpdateKeyDescription", KeyId = keyId };
        AuditEvent updated = Assert.Single(endpoint.Engine.FindEvents(query));
        Assert.Contains("\"description\":\"\\u0000\"", updated.CloudTrailEvent, StringComparison.Ordinal);
        RequireNothingFound();
    }

    [Fact]
    public async Task EncryptionContext_WithControlCharacters_IsTheOneThatDecrypts()
    {
        string keyId = (await OkAsync("CreateKey", "{}")).GetProperty("KeyMetadata").GetProperty("KeyId").GetString()!;
        string context = $$"""{"{{Escaped}}":"{{Escaped}}"}""";
        string blob = (await OkAsync("Encrypt", $$"""{"KeyId":"{{keyId}}","Plaintext":"AQID","EncryptionContext":{{context}}}"""))
            .GetProperty("CiphertextBlob").GetString()!;

        JsonElement decrypted = await OkAsync("Decrypt", $$"""{"CiphertextBlob":"{{blob}}","EncryptionContext":{{context}}}""");
        (int status, string body) = await SendAsync("Decrypt", $$$"""{"CiphertextBlob":"{{{blob}}}","EncryptionContext":{"a":"b"}}""");

        Assert.Equal("AQID", decrypted.GetProperty("Plaintext").GetString());
        Assert.Equal(400, status);
        Assert.Contains("InvalidCiphertextException", body, StringComparison.Ordinal);
        RequireNothingFound();
    }

    [Fact]
    public async Task References_WithControlCharacters_AreNotFoundAndEventsOfThemNeither()
    {
        await RefusedAsync("DescribeKey", @"{""KeyId"":""alias/a\u0000b""}", "NotFoundException");
        await RefusedAsync("DescribeKey", @"{""KeyId"":""a\u0000b""}", "NotFoundException");
        await RefusedAsync("DescribeKey", @"{""KeyId"":""mrk-\u0000""}", "NotFoundException");
        await RefusedAsync("ListAliases", @"{""KeyId"":""\u0000""}", "NotFoundException");
        await RefusedAsync("ListKeys", @"{""Marker"":""\u0000""}", "ValidationException");
        Assert.Empty(endpoint.Engine.FindEvents(new EventQuery { KeyId = Text }));
        Assert.Empty(endpoint.Engine.FindEvents(new EventQuery { EventName = Text }));
    }

    // Alone in a body that is right otherwise, as far as that is known here.
    [Fact]
    public async Task EveryText_WithControlCharacters_IsAnsweredOrTheFaultOfItsCaller()
    {
        string keyId = (await OkAsync("CreateKey", "{}")).GetProperty("KeyMetadata").GetProperty("KeyId").GetString()!;
        List<string> answered = [];
        int sent = 0;
        foreach (Operation operation in OperationCatalog.All)
        {
            foreach (MemberShape member in operation.Shape.Members.Where(static member => TextOf(member) is not null))
            {
                IEnumerable<string> members = operation.Shape.Members.Where(other => other != member && other.Constraints.Required)
                    .Select(other => $"\"{other.Name}\":{RightValue(other, keyId)}").Append($"\"{member.Name}\":{TextOf(member)}");
                string text = $"{{{string.Join(',', members)}}}";
                (int status, string body) = await SendAsync(operation.Name, text);
                Assert.True(status is 200 or 400, $"{operation.Name} {text}: {status} {body}");
                sent++;
                if (status == 200)
                {
                    answered.Add($"{operation.Name}.{member.Name}");
                }
            }
        }

        Assert.True(sent > 100, $"{sent} texts");
        Assert.Equal(
            [
                "CreateKey.Description", "CreateKey.Tags", "Encrypt.EncryptionContext", "GenerateDataKeyPair.EncryptionContext",
                "GenerateDataKeyPairWithoutPlaintext.EncryptionContext", "ListGrants.GrantId", "TagResource.Tags", "UntagResource.TagKeys",
                "UpdateKeyDescription.Description",
            ],
            answered);
        RequireNothingFound();
    }

    private static string? TextOf(MemberShape member) =>
        member.Type == typeof(string) ? $"\"{Escaped}\""
        : typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(member.Type) ? $$"""{"{{Escaped}}":"{{Escaped}}"}"""
        : typeof(IEnumerable<string>).IsAssignableFrom(member.Type) ? $"[\"{Escaped}\"]"
        : typeof(IEnumerable<Tag>).IsAssignableFrom(member.Type) ? $$"""[{"TagKey":"{{Escaped}}","TagValue":"{{Escaped}}"}]"""
        : null;

    private static string RightValue(MemberShape member, string keyId) =>
        member.IsBlob ? "\"AQID\""
        : member.Type == typeof(int?) ? "7"
        : member.Type == typeof(bool?) ? "false"
        : member.Type != typeof(string) && member.Type.IsAssignableTo(typeof(IEnumerable)) ? "[]"
        : member.Constraints.Values is { IsEnum: true } values ? $"\"{Enum.GetNames(values)[0]}\""
        : member.Name switch
        {
            "AliasName" => "\"alias/none\"",
            "Policy" => JsonSerializer.Serialize(CreateKeyRequest.DefaultPolicy(EndpointFixture.Account)),
            "GranteePrincipal" or "RetiringPrincipal" => $"\"arn:aws:iam::{EndpointFixture.Account}:user/alice\"",
            _ => $"\"{keyId}\"",
        };

    private void RequireNothingFound()
    {
        List<StoreFinding> findings = [];
        endpoint.Engine.Verifier.Run(findings.Add, []);
        Assert.Empty(findings);
    }

    private async Task<string?> DescriptionAsync(string keyId) => (await OkAsync("DescribeKey", $$"""{"KeyId":"{{keyId}}"}"""))
        .GetProperty("KeyMetadata").GetProperty("Description").GetString();

    private async Task<JsonElement> OkAsync(string operation, string body)
    {
        (int status, string answer) = await SendAsync(operation, body);
        Assert.True(status == 200, answer);
        return answer.Length == 0 ? default : JsonDocument.Parse(answer).RootElement;
    }

    private async Task RefusedAsync(string operation, string body, string code)
    {
        (int status, string answer) = await SendAsync(operation, body);
        Assert.True(status == 400, answer);
        Assert.Contains($"\"__type\":\"{code}\"", answer, StringComparison.Ordinal);
    }

    private async Task<(int Status, string Body)> SendAsync(string operation, string body)
    {
        (int status, string answer, HttpResponseMessage response) =
            await new SignedCall { Endpoint = endpoint, Operation = operation, Body = body }.SendAsync();
        response.Dispose();
        Cancellation.ThrowIfCancellationRequested();
        return (status, answer);
    }
}
