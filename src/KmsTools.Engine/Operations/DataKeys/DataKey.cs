using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>Symmetric data keys.</summary>
internal static class DataKey
{
    /// <summary>Refuses a request that specifies the length twice or not at all.</summary>
    public static void RequireLength(int? numberOfBytes, string? keySpec)
    {
        if (numberOfBytes is null == keySpec is null)
        {
            throw KmsErrors.Validation("Please specify either number of bytes or key spec.");
        }
    }

    /// <summary>Generates a data key.</summary>
    public static Secret Generate(int? numberOfBytes, string? keySpec) =>
        Secret.Random(numberOfBytes ?? (Enum.Parse<DataKeySpec>(keySpec!) == DataKeySpec.AES_128 ? 16 : 32));
}
