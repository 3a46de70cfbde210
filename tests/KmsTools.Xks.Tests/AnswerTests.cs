using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>Answers of proxies: what is accepted, and that nothing else is.</summary>
public sealed class AnswerTests
{
    private const string Malformed = "The answer of the proxy is not one of the XKS proxy API: ";

    [Fact]
    public async Task Answers_OfAGoodProxy_AreRead()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = proxy.Target();
        using XksClient client = new();

        XksHealth health = Calls.Health(client, target);
        XksKeyMetadata key = client.GetKeyMetadata(target, Calls.KeyId, Calls.Metadata);
        XksCiphertext ciphertext = Calls.Encrypt(client, target);

        Assert.Equal((2, "Acme", "Acme 2.0", "Thales"), (health.XksProxyFleetSize, health.XksProxyVendor, health.XksProxyModel, health.EkmVendor));
        Assert.Equal(
            [new("hsm-1", "Luna 5", ExternalKeyManagerState.DEGRADED), new ExternalKeyManager("hsm-2", "Luna 5", ExternalKeyManagerState.ACTIVE)],
            health.EkmFleetDetails);
        Assert.Equal("proxy.kms.test", health.CertificateName);
        Assert.InRange(health.CertificateNotAfter, DateTimeOffset.UtcNow.AddDays(9), DateTimeOffset.UtcNow.AddDays(11));
        Assert.Equal(("AES_256", "ENCRYPT,DECRYPT", "ENABLED"), (key.KeySpec, string.Join(',', key.KeyUsage), key.KeyStatus));
        Assert.Equal([1], ciphertext.Metadata.ToArray());
        Assert.Equal(Calls.Plaintext, Calls.Decrypt(client, target, ciphertext));
    }

    // Plaintexts of 4096 bytes become messages of 4136; a proxy must take 4300, and 8192 bytes of additional data.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(4300, 8192)]
    public async Task Encrypt_ShortestAndLongest_RoundTrips(int length, int additional)
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = proxy.Target();
        using XksClient client = new();
        byte[] plaintext = RandomNumberGenerator.GetBytes(length);
        byte[] additionalData = RandomNumberGenerator.GetBytes(additional);

        XksCiphertext ciphertext = client.Encrypt(target, Calls.KeyId, Calls.Metadata, plaintext, additionalData);

        Assert.Equal(plaintext, client.Decrypt(target, Calls.KeyId, Calls.Metadata, ciphertext, additionalData));
    }

    // The vector of the specification, appendix C.
    [Fact]
    public void Ciphertext_VectorOfTheSpecification_HasItsIntegrity()
    {
        const string reply =
            """{"authenticationTag":"vBxN2ncH1oEkR8WVXpmyYQ==","ciphertext":"ghxkK1txeDNn3q8Y","ciphertextDataIntegrityValue":"qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=","ciphertextMetadata":"a2V5X3ZlcnNpb249MQ==","initializationVector":"HMrlRw85cAJUd5Ax"}""";

        XksCiphertext ciphertext = ProxyReplies.Ciphertext(Encoding.UTF8.GetBytes(reply), 12, Calls.AdditionalData);

        Assert.Equal("key_version=1", Encoding.ASCII.GetString(ciphertext.Metadata.Span));
        Refused(() => ProxyReplies.Ciphertext(Encoding.UTF8.GetBytes(reply), 12, [1]), "ciphertextDataIntegrityValue is not that of the answer: what was encrypted, or the answer, has changed");
    }

    [Fact]
    public void Ciphertext_IvOf16AndNoMetadata_IsAccepted()
    {
        byte[] reply = Encoding.UTF8.GetBytes(HonestAnswers.Encrypt([1, 2], [3], [], 16).ToJsonString());

        XksCiphertext ciphertext = ProxyReplies.Ciphertext(reply, 2, [3]);

        Assert.Equal((16, 0), (ciphertext.InitializationVector.Length, ciphertext.Metadata.Length));
    }

    [Theory]
    [InlineData("ciphertext", null, "ciphertext is missing")]
    [InlineData("ciphertext", "AQ==", "ciphertext has 1 bytes, not 2")]
    [InlineData("ciphertext", "AQI", "ciphertext is not Base64")]
    [InlineData("ciphertext", "AQI=\n", "ciphertext is not Base64")]
    [InlineData("ciphertext", "AQ I=", "ciphertext is not Base64")]
    [InlineData("ciphertext", "AQJ=", "ciphertext is not Base64")]
    [InlineData("ciphertext", "_-8=", "ciphertext is not Base64")]
    [InlineData("initializationVector", null, "initializationVector is missing")]
    [InlineData("initializationVector", "AAAAAAAAAAAAAAA=", "initializationVector has 11 bytes, not 12 or 16")]
    [InlineData("initializationVector", "AAAAAAAAAAAAAAAAAA==", "initializationVector has 13 bytes, not 12 or 16")]
    [InlineData("authenticationTag", null, "authenticationTag is missing")]
    [InlineData("authenticationTag", "AAAAAAAAAAAAAAAA", "authenticationTag has 12 bytes, not 16")]
    [InlineData("ciphertextMetadata", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ciphertextMetadata has 21 bytes, not at most 20")]
    [InlineData("ciphertextMetadata", "AQE=", "ciphertextDataIntegrityValue is not that of the answer: what was encrypted, or the answer, has changed")]
    [InlineData("ciphertextDataIntegrityValue", null, "ciphertextDataIntegrityValue is missing")]
    [InlineData("ciphertextDataIntegrityValue", "", "ciphertextDataIntegrityValue is not that of the answer: what was encrypted, or the answer, has changed")]
    public void Ciphertext_OneMemberWrong_IsRefused(string name, string? value, string reason)
    {
        JsonObject reply = HonestAnswers.Encrypt([1, 2], [3]);
        reply.Remove(name);
        if (value is not null)
        {
            reply[name] = value;
        }

        Refused(() => ProxyReplies.Ciphertext(Encoding.UTF8.GetBytes(reply.ToJsonString()), 2, [3]), reason);
    }

    [Theory]
    [InlineData("ciphertext")]
    [InlineData("initializationVector")]
    [InlineData("authenticationTag")]
    [InlineData("ciphertextMetadata")]
    [InlineData("ciphertextDataIntegrityValue")]
    public void Ciphertext_MemberOfAnotherType_IsRefused(string name)
    {
        foreach (JsonNode? value in new JsonNode?[] { 1, true, null, new JsonArray(), new JsonObject() })
        {
            JsonObject reply = HonestAnswers.Encrypt([1, 2], [3]);
            reply[name] = value;
            Refused(() => ProxyReplies.Ciphertext(Encoding.UTF8.GetBytes(reply.ToJsonString()), 2, [3]), $"{name} is not of the type String");
        }
    }

    [Theory]
    [InlineData("""{}""", "plaintext is missing")]
    [InlineData("""{"plaintext":null}""", "plaintext is not of the type String")]
    [InlineData("""{"plaintext":"AQ=="}""", "plaintext has 1 bytes, not 2")]
    [InlineData("""{"plaintext":"AQID"}""", "plaintext has 3 bytes, not 2")]
    [InlineData("""{"plaintext":"AQI"}""", "plaintext is not Base64")]
    [InlineData("""{"plaintext":"\ud800"}""", "plaintext is not text")]
    [InlineData("""{"Plaintext":"AQI="}""", "plaintext is missing")]
    [InlineData("""{"plaintext":"AQI=","plaintext":"AQI="}""", "it is not a JSON object")]
    [InlineData("""{"plaintext":"AQI="} {}""", "it is not a JSON object")]
    [InlineData("""{"plaintext":"AQI=",}""", "it is not a JSON object")]
    [InlineData("""{"plaintext":"AQI=" /* */}""", "it is not a JSON object")]
    [InlineData("""["AQI="]""", "it is not a JSON object")]
    [InlineData("\"AQI=\"", "it is not a JSON object")]
    [InlineData("""{"plaintext":"AQI=" """, "it is not a JSON object")]
    [InlineData("<html>", "it is not a JSON object")]
    [InlineData("", "it is not a JSON object")]
    public void Plaintext_NotThatOfTheApi_IsRefused(string reply, string reason) =>
        Refused(() => ProxyReplies.Plaintext(Encoding.UTF8.GetBytes(reply), 2), reason);

    [Fact]
    public void Plaintext_WithUnknownMembersAndEscapes_IsRead() => Assert.Equal(
        [0xfb, 0xff],
        ProxyReplies.Plaintext("""{"x":{"y":[{}]},"plaintext":"\u002B/8="}"""u8.ToArray(), 2));

    [Theory]
    [InlineData("xksProxyFleetSize", "0", "xksProxyFleetSize is not a positive integer")]
    [InlineData("xksProxyFleetSize", "1.5", "xksProxyFleetSize is not a positive integer")]
    [InlineData("xksProxyFleetSize", "99999999999", "xksProxyFleetSize is not a positive integer")]
    [InlineData("xksProxyFleetSize", "\"1\"", "xksProxyFleetSize is not of the type Number")]
    [InlineData("xksProxyFleetSize", null, "xksProxyFleetSize is missing")]
    [InlineData("xksProxyVendor", null, "xksProxyVendor is missing")]
    [InlineData("xksProxyModel", "1", "xksProxyModel is not of the type String")]
    [InlineData("ekmVendor", null, "ekmVendor is missing")]
    [InlineData("ekmFleetDetails", null, "ekmFleetDetails is missing")]
    [InlineData("ekmFleetDetails", "{}", "ekmFleetDetails is not of the type Array")]
    [InlineData("ekmFleetDetails", "[]", "ekmFleetDetails has 0 entries, not 1 to 10")]
    [InlineData("ekmFleetDetails", "[1,2,3,4,5,6,7,8,9,10,11]", "ekmFleetDetails has 11 entries, not 1 to 10")]
    [InlineData("ekmFleetDetails", "[1]", "an entry of ekmFleetDetails is not an object")]
    [InlineData("ekmFleetDetails", """[{"model":"m","healthStatus":"ACTIVE"}]""", "id is missing")]
    [InlineData("ekmFleetDetails", """[{"id":"i","healthStatus":"ACTIVE"}]""", "model is missing")]
    [InlineData("ekmFleetDetails", """[{"id":"i","model":"m"}]""", "healthStatus is missing")]
    [InlineData("ekmFleetDetails", """[{"id":"i","model":"m","healthStatus":"active"}]""", "a healthStatus is none of ACTIVE, DEGRADED and UNAVAILABLE")]
    [InlineData("ekmFleetDetails", """[{"id":"i","model":"m","healthStatus":0}]""", "healthStatus is not of the type String")]
    public void Health_OneMemberWrong_IsRefused(string name, string? value, string reason)
    {
        JsonObject reply = JsonNode.Parse(HonestAnswers.Health)!.AsObject();
        reply.Remove(name);
        if (value is not null)
        {
            reply[name] = JsonNode.Parse(value);
        }

        Refused(() => ProxyReplies.Health(Encoding.UTF8.GetBytes(reply.ToJsonString()), new ProxyCertificate(null, default)), reason);
    }

    [Fact]
    public void Health_AllUnavailable_IsAnAnswer()
    {
        string reply = HonestAnswers.Health.Replace("DEGRADED", "UNAVAILABLE").Replace("ACTIVE", "UNAVAILABLE");

        XksHealth health = ProxyReplies.Health(Encoding.UTF8.GetBytes(reply), new ProxyCertificate(null, default));

        Assert.All(health.EkmFleetDetails, static manager => Assert.Equal(ExternalKeyManagerState.UNAVAILABLE, manager.HealthStatus));
    }

    [Theory]
    [InlineData("""{"keySpec":"AES_256","keyUsage":["ENCRYPT"]}""", "keyStatus is missing")]
    [InlineData("""{"keySpec":"AES_256","keyStatus":"ENABLED"}""", "keyUsage is missing")]
    [InlineData("""{"keyUsage":["ENCRYPT"],"keyStatus":"ENABLED"}""", "keySpec is missing")]
    [InlineData("""{"keySpec":256,"keyUsage":[],"keyStatus":"ENABLED"}""", "keySpec is not of the type String")]
    [InlineData("""{"keySpec":"AES\u000a256","keyUsage":[],"keyStatus":"ENABLED"}""", "keySpec has a value that is not a valid name")]
    [InlineData("""{"keySpec":"AES_256","keyUsage":"ENCRYPT","keyStatus":"ENABLED"}""", "keyUsage is not of the type Array")]
    [InlineData("""{"keySpec":"AES_256","keyUsage":[1],"keyStatus":"ENABLED"}""", "keyUsage has a value that is not a valid name")]
    [InlineData("""{"keySpec":"AES_256","keyUsage":["1","2","3","4","5","6","7","8","9","10","11"],"keyStatus":"ENABLED"}""", "keyUsage has more than 10 entries")]
    [InlineData("""{"keySpec":"AES_256","keyUsage":[],"keyStatus":""}""", "keyStatus has a value that is not a valid name")]
    public void KeyMetadata_OneMemberWrong_IsRefused(string reply, string reason) =>
        Refused(() => ProxyReplies.KeyMetadata(Encoding.UTF8.GetBytes(reply)), reason);

    [Fact]
    public void KeyMetadata_OfAnotherKey_IsRead()
    {
        XksKeyMetadata key = ProxyReplies.KeyMetadata("""{"keySpec":"RSA_2048","keyUsage":["SIGN","WRAP"],"keyStatus":"DISABLED"}"""u8.ToArray());

        Assert.Equal(("RSA_2048", "DISABLED"), (key.KeySpec, key.KeyStatus));
        Assert.Equal(["SIGN", "WRAP"], key.KeyUsage);
    }

    private static void Refused(Action read, string reason)
    {
        XksException exception = Calls.Failure(read);
        Assert.Equal((XksFailure.InvalidResponse, $"{Malformed}{reason}."), (exception.Failure, exception.Message));
    }
}
