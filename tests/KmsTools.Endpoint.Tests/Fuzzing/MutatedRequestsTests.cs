using System.Diagnostics;
using System.Text;
using System.Text.Json;
using KmsTools.Endpoint.Json;
using KmsTools.Operations;
using KmsTools.Validation;

namespace KmsTools.Endpoint.Fuzzing;

/// <summary>Bodies of all operations that were changed: each is answered, or refused as the fault of its caller.</summary>
public sealed class MutatedRequestsTests(EndpointFixture endpoint, ITestOutputHelper output) : IClassFixture<EndpointFixture>
{
    private static readonly int s_count = Campaign.Length(usual: 3_000, full: 300_000);

    [Fact]
    public async Task Body_Changed_IsAnsweredOrRefused()
    {
        // Custom key stores come and go with HSMs, whose faults are no fault of the caller.
        Operation[] operations = [.. OperationCatalog.All
            .Where(static operation => !operation.Name.EndsWith("CustomKeyStore", StringComparison.Ordinal))];
        Random random = new(Campaign.Seed);
        Values values = new(endpoint.Engine, random);
        Stopwatch clock = Stopwatch.StartNew();
        int answered = 0;
        Dictionary<string, int> refused = [];
        for (int i = 0; i < s_count; i++)
        {
            Operation operation = operations[i % operations.Length];
            byte[] body = Encoding.UTF8.GetBytes(values.BodyOf(operation));
            if (random.Next(2) == 0)
            {
                body = Mutation.Of(body, random);
            }

            try
            {
                await endpoint.Engine.ExecuteAsync(operation, KmsJson.Read(operation.RequestType, body));
                answered++;
            }
            catch (CallException exception)
            {
                refused[exception.ErrorCode] = refused.GetValueOrDefault(exception.ErrorCode) + 1;
            }
            catch (KmsException exception) when (exception.HttpStatusCode < 500)
            {
                refused[exception.ErrorCode] = refused.GetValueOrDefault(exception.ErrorCode) + 1;
            }
            catch (Exception exception)
            {
                Assert.Fail(
                    $"{Campaign.Repeat(Campaign.Seed)}, number {i}, {operation.Name}: {exception}\n{Encoding.UTF8.GetString(body)}");
            }
        }

        output.WriteLine(
            $"{s_count} bodies in {clock.Elapsed.TotalSeconds:F0} s, {answered} answered, {Campaign.Repeat(Campaign.Seed)}: "
            + string.Join(", ", refused.OrderByDescending(static one => one.Value).Select(static one => $"{one.Value} {one.Key}")));
        Assert.InRange(answered, 1, s_count - 1);
        Assert.InRange(refused.GetValueOrDefault("ValidationException"), 1, s_count);
        Assert.InRange(refused.GetValueOrDefault("SerializationException"), 1, s_count);
    }

    /// <summary>Values of members: right ones, wrong ones, and those of other members.</summary>
    private sealed class Values
    {
        private static readonly string[] s_strange =
        [
            "null", "true", "-1", "0", "1e400", "2147483648", "[]", "{}", "\"\"", "\" \"", "\"\\u0000\"", "\"\\u001b[2J\"", "\"\\ud800\"",
            "\"a b\"", "[null]", "[[]]", "{\"a\":null}", "{\"a\":{}}", "\"*\"", "\"arn:aws:kms:us-east-1:111122223333:key/\"", "\"alias/\"",
            "\"alias/aws/s3\"", "\"=\"", "\"AQID\"", "[\"AQID\",\"AQID\"]", "[{\"TagKey\":\"a\",\"TagValue\":\"b\"}]", "1890000000.5", "-62135596801",
            "253402300800", "\"2030-01-01T00:00:00Z\"", "{\"EncryptionContextSubset\":{\"a\":\"b\"}}",
        ];

        private readonly Random _random;
        private readonly string[] _references;
        private readonly string[] _blobs;
        private readonly string _long = $"\"{new string('x', 70_000)}\"";

        public Values(KmsEngine engine, Random random)
        {
            _random = random;
            (string Spec, string Usage)[] kinds =
            [
                ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("RSA_2048", "SIGN_VERIFY"), ("RSA_2048", "ENCRYPT_DECRYPT"),
                ("ECC_NIST_P256", "SIGN_VERIFY"), ("ECC_NIST_P256", "KEY_AGREEMENT"), ("HMAC_256", "GENERATE_VERIFY_MAC"),
            ];
            string[] keys = [.. kinds.Select(kind => engine.Execute(
                new CreateKeyRequest { KeySpec = kind.Spec, KeyUsage = kind.Usage }).KeyMetadata.KeyId)];
            string external = engine.Execute(new CreateKeyRequest { Origin = "EXTERNAL" }).KeyMetadata.KeyId;
            engine.Execute(new CreateAliasRequest { AliasName = "alias/fuzz", TargetKeyId = keys[0] });
            GetParametersForImportResponse import = engine.Execute(new GetParametersForImportRequest
            {
                KeyId = external,
                WrappingAlgorithm = "RSAES_OAEP_SHA_256",
                WrappingKeySpec = "RSA_2048",
            });
            _references = [.. keys, external, "alias/fuzz", "alias/none"];
            _blobs =
            [
                Convert.ToBase64String(engine.Execute(new EncryptRequest { KeyId = keys[0], Plaintext = [1] }).CiphertextBlob.ToArray()),
                Convert.ToBase64String(import.ImportToken.ToArray()),
                Convert.ToBase64String(import.PublicKey.ToArray()),
                Convert.ToBase64String(new byte[32]),
            ];
        }

        /// <summary>The body of a call, in which each member is right, strange or absent.</summary>
        public string BodyOf(Operation operation)
        {
            IEnumerable<string> members = operation.Shape.Members
                .Where(member => member.Constraints.Required || _random.Next(3) == 0)
                .Select(member => $"\"{member.Name}\":{Of(member)}");
            return "{" + string.Join(',', members) + "}";
        }

        private string Of(MemberShape member) => _random.Next(12) switch
        {
            0 => s_strange[_random.Next(s_strange.Length)],
            1 => _random.Next(20) == 0 ? _long : s_strange[_random.Next(s_strange.Length)],
            _ => Right(member),
        };

        private string Right(MemberShape member)
        {
            if (member.IsBlob)
            {
                return $"\"{_blobs[_random.Next(_blobs.Length)]}\"";
            }

            Type type = Nullable.GetUnderlyingType(member.Type) ?? member.Type;
            string text = Text(member);
            return type == typeof(string) ? text
                : type == typeof(int) ? _random.Next(-1, 400).ToString()
                : type == typeof(bool) ? (_random.Next(2) == 0 ? "true" : "false")
                : typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(type) ? $"{{\"a\":{text}}}"
                : type.IsAssignableTo(typeof(System.Collections.IEnumerable)) ? $"[{text}]"
                : s_strange[_random.Next(s_strange.Length)];
        }

        private string Text(MemberShape member)
        {
            string[] values = member.Constraints.Values?.IsEnum == true ? Enum.GetNames(member.Constraints.Values) : [];
            return values.Length > 0 ? $"\"{values[_random.Next(values.Length)]}\""
                : JsonSerializer.Serialize(_references[_random.Next(_references.Length)]);
        }
    }
}
