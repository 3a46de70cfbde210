namespace KmsTools.Authorization;

/// <summary>Decides about access: a pure function. Source: "Policy evaluation logic", IAM User Guide, and "Key policies in AWS KMS".</summary>
internal static class Evaluator
{
    /// <summary>Decides, with what the decision rests on.</summary>
    public static AccessDecision Decide(AccessRequest request) => throw new NotImplementedException();
}
