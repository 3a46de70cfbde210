namespace KmsTools.Keys;

public sealed class KeyPolicyTextTests
{
    [Fact]
    public void Print_DefaultPolicy_IsPrintedAsItIs() =>
        Assert.Equal(KeyPolicy.Default("111122223333"), KeyPolicyText.Print(KeyPolicy.Default("111122223333")));

    [Fact]
    public void Print_Compact_IsSpreadOverLines() => Assert.Equal(
        """
        {
          "Version" : "2012-10-17",
          "Statement" : [ {
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : [ "111122223333", "444455556666" ]
            },
            "Action" : [ ],
            "Condition" : {
              "Bool" : {
                "a" : true
              },
              "None" : { }
            }
          }, {
            "Sid" : "caf\u00e9 é \"x\" \\",
            "N" : -1.50
          } ]
        }
        """,
        KeyPolicyText.Print(
            """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333",
               "444455556666"]},"Action":[],"Condition":{"Bool":{"a":true},"None":{}}},{"Sid":"caf\u00e9 é \"x\" \\","N":-1.50}]}
            """));
}
