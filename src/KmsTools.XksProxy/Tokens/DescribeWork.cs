using KmsTools.Pkcs11;

namespace KmsTools.XksProxy.Tokens;

/// <summary>Reads what a token says about a key.</summary>
internal sealed class DescribeWork(KeyName key) : TokenWork
{
    /// <summary>What it says, after the work is done.</summary>
    public KeyDescription? Description { get; private set; }

    protected override void Run(TokenClient token) => Description = token.Describe(key);

    protected override void Clear()
    {
    }
}
