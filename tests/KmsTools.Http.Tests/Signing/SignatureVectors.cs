using System.Text;

namespace KmsTools.Http;

/// <summary>
/// The test suite of AWS for Signature Version 4 (awslabs/aws-c-auth, tests/aws-signing-test-suite/v4), with the parts of it that are about
/// the header of a request: what is sent, and what AWS makes of it.
/// </summary>
public static class SignatureVectors
{
    public const string AccessKeyId = "AKIDEXAMPLE";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    public const string Time = "20150830T123600Z";

    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    public const string FormHash = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";

    /// <summary>The token of post-sts-header-before.</summary>
    public const string Token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    public static CredentialScope Scope => new("20150830", "us-east-1", "service");

    /// <summary>
    /// Name, method, path, query, the headers beside host and x-amz-date, their canonical lines, the hash of the body, signature.
    /// </summary>
    public static TheoryData<string, string, string, string, string[], string, string, string> All => new()
    {
        { "get-vanilla", "GET", "/", "", [], "/\n", EmptyHash, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "post-vanilla", "POST", "/", "", [], "/\n", EmptyHash, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
        { "get-utf8", "GET", "/ሴ", "", [], "/%E1%88%B4\n", EmptyHash, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
        { "get-space-normalized", "GET", "/example space/", "", [], "/example%20space/\n", EmptyHash, "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
        { "get-slashes-normalized", "GET", "//example//", "", [], "/example/\n", EmptyHash, "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84" },
        { "get-relative-relative-normalized", "GET", "/example1/example2/../..", "", [], "/\n", EmptyHash, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", [], "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\n", EmptyHash, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
        { "get-vanilla-empty-query-key", "GET", "/", "Param1=value1", [], "/\nParam1=value1", EmptyHash, "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
        { "post-vanilla-query", "POST", "/", "Param1=value1", [], "/\nParam1=value1", EmptyHash, "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11" },
        { "get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", [], "/\nParam1=value1&Param2=value2", EmptyHash, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
        { "get-vanilla-query-order-encoded", "GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", [], "/\n%E1%88%B4=Value1&Param=Value2&Param-3=Value3", EmptyHash, "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac" },
        { "get-vanilla-utf8-query", "GET", "/", "ሴ=bar", [], "/\n%E1%88%B4=bar", EmptyHash, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
        { "get-header-key-duplicate", "GET", "/", "", ["my-header1:value2", "my-header1:value2", "my-header1:value1"], "/\n", EmptyHash, "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
        { "get-header-value-trim", "GET", "/", "", ["my-header1: value1", "my-header2: \"a   b   c\""], "/\n", EmptyHash, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
        { "post-header-key-sort", "POST", "/", "", ["my-header1:value1"], "/\n", EmptyHash, "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
        { "post-x-www-form-urlencoded", "POST", "/", "", ["content-type:application/x-www-form-urlencoded", "content-length:13", "x-amz-content-sha256:" + FormHash], "/\n", FormHash, "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b" },
        { "post-x-www-form-urlencoded-parameters", "POST", "/", "", ["content-type:application/x-www-form-urlencoded; charset=utf-8", "content-length:13", "x-amz-content-sha256:" + FormHash], "/\n", FormHash, "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422" },
        { "post-sts-header-before", "POST", "/", "", ["x-amz-security-token:" + Token], "/\n", EmptyHash, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead" },
    };

    public static SigningKey Key() => SigningKey.Derive(Encoding.UTF8.GetBytes(Secret), Scope);

    internal static GivenRequest Request(string method, string path, string query, string[] headers) =>
        new(method, path, query, [.. headers, "host:example.amazonaws.com", "x-amz-date:" + Time]);
}
