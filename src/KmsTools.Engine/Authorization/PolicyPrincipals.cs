using System.Text;
using System.Text.Json;

namespace KmsTools.Authorization;

/// <summary>The principals that a policy names, in its text.</summary>
internal static class PolicyPrincipals
{
    /// <summary>Replaces an ARN in the elements Principal and NotPrincipal. All other text stays as it is.</summary>
    /// <param name="policy">The document (JSON).</param>
    /// <param name="arn">The ARN of a user or role.</param>
    /// <param name="uniqueId">What replaces it.</param>
    /// <returns>The same string if the ARN is not among the principals.</returns>
    public static string Replace(string policy, string arn, string uniqueId)
    {
        byte[] json = Encoding.UTF8.GetBytes(policy);
        List<Range> found = [.. Find(json, arn)];
        if (found.Count == 0)
        {
            return policy;
        }

        StringBuilder text = new(policy.Length);
        int end = 0;
        foreach (Range range in found)
        {
            text.Append(Encoding.UTF8.GetString(json.AsSpan(end..range.Start.Value))).Append('"').Append(uniqueId).Append('"');
            end = range.End.Value;
        }

        return text.Append(Encoding.UTF8.GetString(json.AsSpan(end))).ToString();
    }

    private static List<Range> Find(byte[] json, string arn)
    {
        List<Range> found = [];
        List<string> path = [];
        string member = "";
        Utf8JsonReader reader = new(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    member = reader.GetString()!;
                    break;
                case JsonTokenType.StartObject:
                    path.Add(member);
                    break;
                case JsonTokenType.EndObject:
                    member = path[^1];
                    path.RemoveAt(path.Count - 1);
                    break;
                case JsonTokenType.String when member == "AWS" && path is ["", "Statement", "Principal" or "NotPrincipal"]
                    && reader.ValueTextEquals(arn):
                    found.Add((int)reader.TokenStartIndex..(int)reader.BytesConsumed);
                    break;
            }
        }

        return found;
    }
}
